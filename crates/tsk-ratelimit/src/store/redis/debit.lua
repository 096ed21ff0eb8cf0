-- Takes all of some charges, or none of them. KEYS are the accounts; ARGV has two numbers for each: what the charge adds to the
-- debt, which is less than zero where it is given back, and what may be owed at most. The answer has two numbers for each as
-- well: what is owed, after all was taken or without any of it, and by how much that charge is too much.
--
-- Debts are times, in sixteenths of a nanosecond. An account is what it owed and when, in microseconds of this server's
-- clock: as two numbers, because one that has both would lose the finer half in the 53 bits of a number of Lua.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local debts, after, ahead, answer, refused = {}, {}, {}, {}, false
for i, key in ipairs(KEYS) do
  local price, most = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local debt = debts[key]
  if not debt then
    debt = 0
    local kept = redis.call('GET', key)
    if kept then
      local owed, at = struct.unpack('>dd', kept)
      debt = math.max(owed - math.max(now - at, 0) * 16000, 0)
      ahead[key] = at > now
    end
  end
  local beyond = 0
  if price >= 0 then
    -- What was owed under another quota is not held against anybody for longer.
    debt = math.min(debt, most)
  end
  if price > 0 then
    beyond = math.max(debt + price - most, 0)
  end
  refused = refused or beyond > 0
  answer[2 * i - 1], answer[2 * i] = debt, beyond
  after[i] = math.max(debt + price, 0)
  debts[key] = after[i]
end
for i, key in ipairs(KEYS) do
  local changed = ARGV[2 * i - 1] ~= '0'
  if refused then
    -- A clock that was set back would let nobody pay until it is where it was.
    changed = ahead[key]
    after[i] = answer[2 * i - 1]
  else
    answer[2 * i - 1] = after[i]
  end
  if changed then
    local debt = after[i]
    if debt > 0 then
      local expiry = string.format('%.0f', math.ceil(debt / 16000000))
      redis.call('SET', key, struct.pack('>dd', debt, now), 'PX', expiry)
    else
      redis.call('DEL', key)
    end
  end
end
return answer
