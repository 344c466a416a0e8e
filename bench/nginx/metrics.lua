-- Counters and histograms as nginx-lua-prometheus keeps them: in the worker's memory, added to a shared dictionary once
-- per second.
local module = {}

local counts = {}

local function add(name, value)
    counts[name] = (counts[name] or 0) + value
end

module.add = add

-- Returns a function that observes a duration.
function module.histogram(name, bounds)
    local sum, buckets = name .. "_sum", {}
    for index, bound in ipairs(bounds) do
        buckets[index] = name .. "_bucket," .. bound
    end
    buckets[#bounds + 1] = name .. "_bucket,+Inf"
    return function(seconds)
        local index = 1
        while index <= #bounds and seconds > bounds[index] do
            index = index + 1
        end
        add(buckets[index], 1)
        add(sum, seconds)
    end
end

function module.start()
    ngx.timer.every(1, function()
        local shared = ngx.shared.metrics
        for name, value in pairs(counts) do
            shared:incr(name, value, 0)
            counts[name] = 0
        end
    end)
end

return module
