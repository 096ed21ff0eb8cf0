-- As load.lua, but with a token of its own in each request: `wrk ... -s cold.lua URL -- TOKENS-FILE`, where a header has the
-- word TOKEN.

dofile("xtask/src/bench/load.lua")

function init(args)
  local tokens = {}
  for token in io.lines(args[1]) do
    tokens[#tokens + 1] = token
  end
  local before, after = wrk.format():match("^(.*)TOKEN(.*)$")
  local last = 0
  request = function()
    last = last % #tokens + 1
    return before .. tokens[last] .. after
  end
end
