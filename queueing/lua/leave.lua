--[[
An officer is no longer at work; what the officer has goes back to its lines.

KEYS[1]  meta
ARGV     1 officer
Returns  {ok, how many tickets went back}
]]
for_hall('leave', function()
  drop('ZREM', LEASES, ARGV[1])
  drop('HDEL', SERVED_LINES, ARGV[1])
  local count = give_all_back(ARGV[1], 'officer')
  return { 'ok', count }
end)
