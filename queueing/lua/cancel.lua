--[[
The taxpayer gives up a ticket that nobody holds; its booking may take another one.

KEYS[1]  meta
ARGV     1 ticket  2 ttl of an ended ticket (ms)
Returns  {ok|already, ticket} {gone} {state, ticket}
]]
local id = ARGV[1]

local ticket = load(id)
if not ticket then return { 'gone' } end
if ticket.st == 'cancelled' then return { 'already', flat(ticket) } end
if not may(ticket, 'cancel') then return { 'state', flat(ticket) } end

local left = ticket.st == 'waiting' and spot(ticket)
redis.call('ZREM', line_key(ticket.line), id)
clear_deadline(ticket)
if ticket.bk ~= '' then redis.call('DEL', booking_key(ticket.bk)) end
ticket.fin = int(NOW)
return { 'ok', apply(ticket, 'cancel', 'taxpayer', left, ARGV[2]) }
