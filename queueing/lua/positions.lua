--[[
Tickets with their places, at one moment. Unknown ones are left out.

KEYS[1]  meta
ARGV     tickets
Returns  {ok, version, now (ms), {ticket, ahead or -1, waiting in its line}…}
]]
local answer = { 'ok', redis.call('HGET', META, 'ver') or '0', int(NOW) }
local lengths = {}
for _, id in ipairs(ARGV) do
  local ticket = load(id)
  if ticket then
    local line = line_key(ticket.line)
    lengths[line] = lengths[line] or redis.call('ZCARD', line)
    answer[#answer + 1] = { flat(id), redis.call('ZRANK', line, id) or -1, lengths[line] }
  end
end
return answer
