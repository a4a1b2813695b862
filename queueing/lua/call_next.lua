--[[
The next ticket of several lines goes to an officer.

KEYS[1]  meta
ARGV     1 officer  2 request  3 strict|first_come  4 request ttl (ms)  5 time to confirm (ms)  6… lines
Returns  {ok|already, ticket} {busy, held ticket} {none}
]]
local officer, order = ARGV[1], ARGV[3]
local request_key = PREFIX .. 'r:' .. officer .. ':' .. ARGV[2]

local answer = answered_or_busy(officer, request_key)
if answer then return answer end

local best, best_place
for i = 6, #ARGV do
  local head = redis.call('ZRANGE', line_key(ARGV[i]), 0, 0, 'WITHSCORES')
  if head[1] and (not best or tonumber(head[2]) < best_place) then
    best, best_place = head[1], tonumber(head[2])
    if order == 'strict' then break end
  end
end
if not best then return { 'none' } end
return { 'ok', take(load(best), officer, request_key, ARGV[4], tonumber(ARGV[5])) }
