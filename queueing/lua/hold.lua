--[[
The officer puts the ticket in service aside, and may call another one meanwhile.

KEYS[1]  meta
ARGV     1 ticket  2 officer  3 request  4 call number  5 longest hold (ms)  6 most holds of an officer
         7 request ttl (ms)
Returns  {ok|already, ticket} {gone} {stale} {owner} {state, ticket} {holds}
]]
local id, officer = ARGV[1], ARGV[2]
local request = request_key(officer, ARGV[3])

local answer = answered(request, id)
if answer then return answer end
local ticket = load(id)
if not ticket then return { 'gone' } end
if ticket.call ~= ARGV[4] then return { 'stale' } end
if not may(ticket, 'hold') then return { 'state', flat(ticket) } end
if ticket.off ~= officer then return { 'owner' } end
if redis.call('SCARD', holds_key(officer)) >= tonumber(ARGV[6]) then return { 'holds' } end

let_go(ticket)
redis.call('SADD', holds_key(officer), id)
redis.call('SET', request, id, 'PX', ARGV[7])
set_deadline(ticket, NOW + ARGV[5])
return { 'ok', apply(ticket, 'hold', 'officer') }
