--[[
The taxpayer gives up a ticket that nobody holds; its booking may take another one.

KEYS[1]  meta
ARGV     1 ticket  2 ttl of an ended ticket (ms)
Returns  {ok|already, ticket} {gone} {state, ticket}
]]
local id = ARGV[1]

local ticket = load(id)
if not ticket then return { 'gone' } end
if ticket.st == 'cancelled' then return { 'already', flat(id) } end
if not may(ticket, 'cancel') then return { 'state', flat(id) } end

redis.call('ZREM', line_key(ticket.line), id)
redis.call('ZREM', DEADLINES, id)
if ticket.bk ~= '' then redis.call('DEL', booking_key(ticket.bk)) end
local hash = apply(id, ticket.st, 'cancel', 'taxpayer', { 'end', int(NOW), 'dl', '', 'sc', '' })
redis.call('PEXPIRE', ticket_key(id), ARGV[2])
return { 'ok', hash }
