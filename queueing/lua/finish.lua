--[[
The officer ends the service.

KEYS[1]  meta
ARGV     1 ticket  2 officer  3 call number  4 outcome  5 ttl of an ended ticket (ms)
Returns  {ok|already, ticket} {gone} {stale} {owner} {state, ticket}
]]
local id, officer, call, outcome = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local ticket = load(id)
if not ticket then return { 'gone' } end
if ticket.call ~= call then return { 'stale' } end
if ticket.st == 'finished' and ticket.off == officer and ticket.out == outcome then
  return { 'already', flat(ticket) }
end
if not may(ticket, 'finish') then return { 'state', flat(ticket) } end
if ticket.off ~= officer then return { 'owner' } end

let_go(ticket)
ticket.fin, ticket.out = int(NOW), outcome
return { 'ok', apply(ticket, 'finish', 'officer', nil, ARGV[5]) }
