-- wrk's side of a run: `wrk ... -s load.lua URL -- DEPTH [BODY-FILE]` sends DEPTH requests at a time, with the file's
-- content as their body, and ends with one line that a program reads.

function init(args)
  local depth = tonumber(args[1])
  if args[2] then
    local file = assert(io.open(args[2], "rb"))
    wrk.method = "POST"
    wrk.body = file:read("*a")
    file:close()
  end
  -- Where `request` exists wrk calls it each time; without it, it writes one prepared request.
  if depth > 1 then
    local batch = string.rep(wrk.format(), depth)
    request = function() return batch end
  end
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    "measured %d %d %.3f %.3f %d %d\n",
    summary.requests,
    summary.duration,
    latency.mean,
    latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.timeout,
    errors.status
  ))
end
