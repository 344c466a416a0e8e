-- The service's task as a typical nginx implementation: verdicts are kept in the worker's own memory, counters in a
-- shared dictionary, and the upstream is called through nginx's connection pool.
local cjson = require "cjson.safe"
local lrucache = require "resty.lrucache"

local verdicts = lrucache.new(2000000)
local clients, headers, template = {}, {}, nil
local time_to_live = 86400
local burst, per_second = 100000000, 10000000
local own = {["x-request-id"] = true, ["ratelimit"] = true, ["ratelimit-policy"] = true, ["cache-status"] = true}

local module = {}

function module.init(path, key)
    local file = assert(io.open(path))
    local recorded = cjson.decode(file:read("*a"))
    file:close()
    clients["Bearer " .. key] = {tokens = burst, at = 0}
    for _, header in ipairs(recorded.headers) do
        if not own[header[1]] then
            headers[header[1]] = header[2]
        end
    end
    template = cjson.decode(recorded.body)
end

local function take(client, now)
    local tokens = math.min(burst, client.tokens + (now - client.at) * per_second)
    client.at = now
    if tokens < 1 then
        client.tokens = tokens
        return nil
    end
    client.tokens = tokens - 1
    return client.tokens
end

local function ask(asked)
    local path = "/" .. asked.region .. "/v1/connect?partner=bench"
    local vars = {account_id = asked.account_id, passcode = asked.passcode, path = path}
    local began = ngx.now()
    local reply = ngx.location.capture("/upstream", {vars = vars})
    local answer = cjson.decode(reply.body or "")
    local counters = ngx.shared.counters
    counters:incr("upstream_requests", 1, 0)
    counters:incr("upstream_seconds", ngx.now() - began, 0)
    if not answer then
        return nil
    end
    return answer.status == "success"
end

local function request_id()
    return string.format("%08x%08x%08x%08x", math.random(0, 0xffffffff), math.random(0, 0xffffffff),
        math.random(0, 0xffffffff), math.random(0, 0xffffffff))
end

function module.answer()
    local counters = ngx.shared.counters
    local header = ngx.header
    local client = clients[ngx.var.http_authorization or ""]
    if not client then
        return ngx.exit(401)
    end
    local now = ngx.now()
    local left = take(client, now)
    if not left then
        return ngx.exit(429)
    end
    local asked = cjson.decode(ngx.req.get_body_data() or "")
    if not asked or not asked.account_id or not asked.passcode or not asked.region then
        return ngx.exit(400)
    end
    local key = asked.region .. "|" .. asked.account_id .. "|" .. asked.passcode
    local source, status = "cache", "connect-verifier; hit; ttl=86399"
    local is_verified = verdicts:get(key)
    if is_verified == nil then
        source, status = "upstream", "connect-verifier; fwd=miss"
        is_verified = ask(asked)
        if is_verified == nil then
            return ngx.exit(502)
        end
        verdicts:set(key, is_verified, time_to_live)
    end
    counters:incr(source, 1, 0)
    local id = request_id()
    template.account_id, template.source, template.request_id = asked.account_id, source, id
    template.verified = is_verified
    local body = cjson.encode(template)
    for name, value in pairs(headers) do
        header[name] = value
    end
    header["x-request-id"] = id
    header["ratelimit-policy"] = '"client";q=100000000;w=10'
    header["ratelimit"] = '"client";r=' .. string.format("%d", left) .. ";t=1"
    header["cache-status"] = status
    header["content-length"] = #body
    counters:incr("seconds", ngx.now() - now, 0)
    ngx.print(body)
end

return module
