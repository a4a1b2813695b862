--[[
Tickets with their places, at one moment. Unknown ones are left out.

KEYS[1]  meta
ARGV     tickets
Returns  {ok, version, now (ms), {ticket, ahead or -1, waiting in its line}…}
]]
local answer = { 'ok', int(VERSION), int(NOW) }
local lengths = {}
for _, id in ipairs(ARGV) do
  local ticket = load(id)
  if ticket then
    local line = line_key(ticket.line)
    lengths[line] = lengths[line] or redis.call('ZCARD', line)
    local ahead = ticket.st == 'waiting' and redis.call('ZRANK', line, id) or -1
    answer[#answer + 1] = { flat(ticket), ahead, lengths[line] }
  end
end
return answer
