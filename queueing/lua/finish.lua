--[[
The officer ends the service.

KEYS[1]  meta
ARGV     1 ttl of an ended ticket (ms)
  item   ticket  officer  call number  outcome
Answer   {ok|already, ticket} {gone} {stale} {owner} {state, ticket}
]]
local ended_ttl_ms

for_items {
  name = 'finish',
  common = 1,
  width = 4,
  prepare = function() ended_ttl_ms = ARGV[1] end,
  reads = first_names_ticket,
  make = function(id, officer, call, outcome)
    local ticket = load(id)
    if not ticket then return { 'gone' } end
    if ticket.call ~= call then return { 'stale' } end
    if ticket.st == 'finished' and ticket.off == officer and ticket.out == outcome then
      return { 'already', flat(ticket) }
    end
    if not may(ticket, 'finish') then return { 'state', flat(ticket) } end
    if ticket.off ~= officer then return { 'owner' } end

    let_go(ticket)
    ticket.fin, ticket.out = NOW_TEXT, outcome
    return { 'ok', apply(ticket, 'finish', 'officer', nil, ended_ttl_ms) }
  end,
}
