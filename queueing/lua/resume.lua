--[[
The officer takes a ticket on hold in hand again.

KEYS[1]  meta
ARGV     1 ticket  2 officer  3 request  4 call number  5 lease (ms)  6 request ttl (ms)
Returns  {ok|already, ticket} {gone} {stale} {owner} {state, ticket} {busy, held ticket} {late}
]]
local id, officer = ARGV[1], ARGV[2]
local request = request_key(officer, ARGV[3])

local answer = answered(request, id)
if answer then return answer end
local ticket = load(id)
if not ticket then return { 'gone' } end
if ticket.call ~= ARGV[4] then return { 'stale' } end
if not may(ticket, 'resume') then return { 'state', flat(ticket) } end
if ticket.off ~= officer then return { 'owner' } end
answer = busy(officer)
if answer then return answer end
if NOW >= tonumber(ticket.dl) then return { 'late' } end

let_go(ticket)
clear_deadline(ticket)
redis.call('HSET', OFFICERS, officer, id)
redis.call('SET', request, id, 'PX', ARGV[6])
renew_lease(officer, ARGV[5])
return { 'ok', apply(ticket, 'resume', 'officer') }
