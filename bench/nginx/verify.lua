-- The service's task as a typical nginx implementation: verdicts are kept in the worker's own memory, and the upstream
-- is called through nginx's connection pool.
local cjson = require "cjson.safe"
local hashing = require "hashing"
local lrucache = require "resty.lrucache"
local metrics = require "metrics"
local semaphore = require "ngx.semaphore"

local floor, ceil, min = math.floor, math.ceil, math.min

local TIME_TO_LIVE, DEADLINE = 86400, 8
local BURST, PER_SECOND = 100000000, 10000000
local POLICY = string.format('"client";q=%d;w=%d', BURST, BURST / PER_SECOND)
local DURATIONS = {0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
    1, 2.5, 5, 8, 10}
local MEMBERS = {account_id = true, passcode = true, region = true, suggest_region = true, lang = true}
-- Headers whose value differs between answers.
local OWN = {["x-request-id"] = true, ["ratelimit"] = true, ["ratelimit-policy"] = true, ["cache-status"] = true}

local verdicts = lrucache.new(2000000)
local clients, regions, headers, flights, series = {}, {}, {}, {}, {}
-- The parts of the body that are always the same, encoded once: cjson would escape their slashes, and encode their empty
-- arrays as objects.
local constant = {}
local http_duration = metrics.histogram("http_request_duration_seconds,/v1/verify", DURATIONS)
local fingerprint

local module = {}

function module.init(path, key)
    local file = assert(io.open(path))
    local recorded = cjson.decode(file:read("*a"))
    file:close()
    for _, header in ipairs(recorded.headers) do
        if not OWN[header[1]] then
            headers[#headers + 1] = header
        end
    end
    for member, pattern in pairs {region = "%b{}", checks = "%b[]", guidance = "%b{}"} do
        constant[member] = assert(recorded.body:match('"' .. member .. '":(' .. pattern .. ")"))
    end
    clients[hashing.sha256(key)] = {partner = "bench", tokens = BURST, at = 0}
    for _, id in ipairs {"in1", "sg1", "us1", "aps3", "mec1", "eu1"} do
        local duration = metrics.histogram("upstream_request_duration_seconds," .. id, DURATIONS)
        regions[id] = {duration = duration, requests = "upstream_requests_total," .. id .. ","}
    end
    local random = assert(io.open("/dev/urandom"))
    fingerprint = hashing.hmac(random:read(32))
    random:close()
end

-- Returns the client of the request's key.
local function authenticate()
    local presented = ngx.var.http_authorization
    if not presented or presented:sub(1, 7) ~= "Bearer " then
        return nil
    end
    return clients[hashing.sha256(presented:sub(8))]
end

-- Takes a token; returns whether there was one.
local function take(client, now)
    local tokens = min(BURST, client.tokens + (now - client.at) * PER_SECOND)
    client.at = now
    local is_there = tokens >= 1
    client.tokens = is_there and tokens - 1 or tokens
    return is_there
end

local function is_usable(text, longest)
    return type(text) == "string" and #text > 0 and #text <= longest and not text:find("[^\33-\126]")
end

-- Reads the question; returns the status if it is none. (cjson does not find duplicate members.)
local function read()
    if ngx.var.content_type ~= "application/json" then
        return nil, 415
    end
    ngx.req.read_body()
    local asked = cjson.decode(ngx.req.get_body_data() or "")
    if type(asked) ~= "table" then
        return nil, 400
    end
    for member in pairs(asked) do
        if not MEMBERS[member] then
            return nil, 400
        end
    end
    if not (is_usable(asked.account_id, 64) and is_usable(asked.passcode, 256) and regions[asked.region]) then
        return nil, 422
    end
    return asked
end

-- Returns a verdict of the upstream, or `nil`.
local function ask(partner, asked)
    local region, began = regions[asked.region], ngx.now()
    local path = "/" .. asked.region .. "/v1/connect?partner=" .. partner
    local vars = {account_id = asked.account_id, passcode = asked.passcode, path = path}
    local reply = ngx.location.capture("/upstream", {vars = vars})
    metrics.add(region.requests .. floor(reply.status / 100) .. "xx", 1)
    region.duration(ngx.now() - began)
    local answer = cjson.decode(reply.body or "")
    local status = type(answer) == "table" and answer.status
    if status ~= "success" and status ~= "fail" then
        return nil
    end
    local is_verified = status == "success"
    return {
        is_verified = is_verified,
        status = is_verified and "verified" or "invalid_credentials",
        checked_at = os.date("!%Y-%m-%dT%H:%M:%SZ"),
        expires = ngx.now() + TIME_TO_LIVE,
    }
end

-- Asks the upstream once for all concurrent callers with the same question.
local function fly(key, partner, asked)
    local flight = flights[key]
    if flight then
        flight.waiting = flight.waiting + 1
        flight.landed:wait(DEADLINE)
        return flight.verdict, "collapsed"
    end
    flight = {landed = semaphore.new(), waiting = 0}
    flights[key] = flight
    flight.verdict = ask(partner, asked)
    flights[key] = nil
    if flight.verdict then
        verdicts:set(key, flight.verdict, TIME_TO_LIVE)
    end
    if flight.waiting > 0 then
        flight.landed:post(flight.waiting)
    end
    return flight.verdict, "upstream"
end

-- Returns the metrics of verifications with these labels.
local function series_of(partner, region, outcome, source)
    local labels = partner .. "," .. region .. "," .. outcome .. "," .. source
    local found = series[labels]
    if not found then
        local duration = metrics.histogram("verification_duration_seconds," .. outcome .. "," .. source, DURATIONS)
        found = {count = "verifications_total," .. labels, duration = duration}
        series[labels] = found
    end
    return found
end

local function request_id()
    local given = ngx.var.http_x_request_id
    if given and #given <= 128 and given:find("^[%w_.:-]+$") then
        return given
    end
    return ngx.var.request_id
end

local function send(client, asked, verdict, source, now)
    local header, id = ngx.header, request_id()
    local body = '{"status":"' .. verdict.status .. '","verified":' .. tostring(verdict.is_verified)
        .. ',"account_id":' .. cjson.encode(asked.account_id) .. ',"partner":' .. cjson.encode(client.partner)
        .. ',"region":' .. constant.region .. ',"suggested_region":null,"checks":' .. constant.checks
        .. ',"source":"' .. source .. '","checked_at":"' .. verdict.checked_at
        .. '","warnings":[],"guidance":' .. constant.guidance .. ',"request_id":"' .. id .. '"}'
    for _, pair in ipairs(headers) do
        header[pair[1]] = pair[2]
    end
    header["x-request-id"] = id
    header["ratelimit-policy"] = POLICY
    header["ratelimit"] = string.format('"client";r=%d;t=%d', client.tokens, ceil((BURST - client.tokens) / PER_SECOND))
    local status = source == "cache" and "hit; ttl=" .. floor(verdict.expires - now) or "fwd=miss"
    header["cache-status"] = "connect-verifier; " .. status .. (source == "collapsed" and "; collapsed" or "")
    header["content-length"] = #body
    local took, counted = ngx.now() - now, series_of(client.partner, asked.region, verdict.status, source)
    metrics.add(counted.count, 1)
    counted.duration(took)
    http_duration(took)
    metrics.add("http_requests_total,/v1/verify,POST,200", 1)
    ngx.print(body)
end

local function refuse(status)
    metrics.add("http_requests_total,/v1/verify,POST," .. status, 1)
    return ngx.exit(status)
end

function module.answer()
    local client = authenticate()
    if not client then
        return refuse(401)
    end
    local now = ngx.now()
    if not take(client, now) then
        return refuse(429)
    end
    local asked, refused = read()
    if not asked then
        return refuse(refused)
    end
    local account_id, passcode = asked.account_id, asked.passcode
    local key = fingerprint(client.partner .. "\0" .. asked.region .. "\0" .. account_id .. "\0" .. passcode)
    local verdict, source = verdicts:get(key), "cache"
    metrics.add(verdict and "cache_requests_total,memory,hit" or "cache_requests_total,memory,miss", 1)
    if not verdict then
        verdict, source = fly(key, client.partner, asked)
        if not verdict then
            return refuse(502)
        end
    end
    return send(client, asked, verdict, source, now)
end

return module
