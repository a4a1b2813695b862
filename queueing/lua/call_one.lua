--[[
One waiting ticket goes to an officer, out of turn.

KEYS[1]  meta
ARGV     1 ticket  2 officer  3 request  4 request ttl (ms)  5 time to confirm (ms)  6 lease (ms)
Returns  {ok|already, ticket} {busy, held ticket} {gone} {state, ticket} {stale}
]]
local id, officer = ARGV[1], ARGV[2]
local request = request_key(officer, ARGV[3])

local answer = answered(request, id) or busy(officer)
if answer then return answer end

local ticket = load(id)
if not ticket then return { 'gone' } end
if not may(ticket, 'call') then return { 'state', flat(ticket) } end
return { 'ok', take(ticket, officer, request, ARGV[4], tonumber(ARGV[5]), ARGV[6]) }
