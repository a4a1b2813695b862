--[[
The hall works again, under a new epoch. Its journal begins with a mark that is no step.

KEYS[1]  meta
ARGV     1 who builds  2 which of its calls  3 version  4 the mark's time (ms)  5 arrivals  6 number ttl (ms)
         7… line, day, latest number
Returns  {ok} {lost}
]]
for_builder('thaw', function()
  if not is_turn_of(ARGV[1], tonumber(ARGV[2])) then return { 'lost' } end
  for i = 7, #ARGV, 3 do
    redis.call('SET', PREFIX .. 'n:' .. ARGV[i] .. ':' .. ARGV[i + 1], ARGV[i + 2], 'PX', ARGV[6])
  end
  redis.call('HSET', META, 'ver', ARGV[3], 'seq', ARGV[5], 'epoch', ARGV[4], 'layout', LAYOUT)
  redis.call('HDEL', META, 'frozen', 'built', 'vt')
  redis.call('XADD', JOURNAL, ARGV[3] .. '-' .. ARGV[4], 'built', 'anew')
  return { 'ok' }
end)
