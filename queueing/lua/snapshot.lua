--[[
Lines with their first tickets, and all tickets that officers hold, at one moment.

KEYS[1]  meta
ARGV     1 how many first tickets of each line  2 number of classes  3… lines
Returns  {ok, version, epoch, now (ms), {held ticket…}, {waiting, oldest issue (ms) or "", {ticket…}}…}
]]
local first, classes = tonumber(ARGV[1]), tonumber(ARGV[2])
local SKIP_STEP = 16

-- The earliest arrival of a class, past those who stand there after a reactivation.
local function head_of_class(line, class)
  local from, to = int(class * CLASS_SPAN), '(' .. int((class + 1) * CLASS_SPAN)
  local offset = 0
  while true do
    local some = redis.call('ZRANGE', line, from, to, 'BYSCORE', 'LIMIT', offset, SKIP_STEP)
    for _, id in ipairs(some) do
      local kept = redis.call('HMGET', ticket_key(id), 'pr', 'iss')
      if kept[1] ~= '0' then return tonumber(kept[2]) end
    end
    if #some < SKIP_STEP then return nil end
    offset = offset + SKIP_STEP
  end
end

local held = {}
for _, id in ipairs(redis.call('HVALS', OFFICERS)) do held[#held + 1] = flat(id) end

local kept = redis.call('HMGET', META, 'ver', 'epoch')
local answer = { 'ok', kept[1] or '0', kept[2] or '0', int(NOW), held }
for i = 3, #ARGV do
  local line = line_key(ARGV[i])
  local oldest
  for class = 0, classes - 1 do
    local issued = head_of_class(line, class)
    if issued and (not oldest or issued < oldest) then oldest = issued end
  end
  local tickets = {}
  if first > 0 then
    for _, id in ipairs(redis.call('ZRANGE', line, 0, first - 1)) do tickets[#tickets + 1] = flat(id) end
  end
  answer[#answer + 1] = { redis.call('ZCARD', line), oldest and int(oldest) or '', tickets }
end
return answer
