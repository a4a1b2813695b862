--[[
The hall works again, under a new epoch. Its journal begins with a mark that is no step.

KEYS[1]  meta
ARGV     1 who builds  2 version  3 the mark's time (ms)  4 arrivals  5 number ttl (ms)  6… line, day, latest number
Returns  {ok} {lost}
]]
if not is_built_by(ARGV[1]) then return { 'lost' } end
for i = 6, #ARGV, 3 do
  redis.call('SET', PREFIX .. 'n:' .. ARGV[i] .. ':' .. ARGV[i + 1], ARGV[i + 2], 'PX', ARGV[5])
end
redis.call('HSET', META, 'ver', ARGV[2], 'seq', ARGV[4], 'epoch', ARGV[3], 'layout', LAYOUT)
redis.call('HDEL', META, 'frozen', 'vt')
redis.call('XADD', JOURNAL, ARGV[2] .. '-' .. ARGV[3], 'built', 'anew')
return { 'ok' }
