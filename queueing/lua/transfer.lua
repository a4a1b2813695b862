--[[
A ticket goes to another line, where it stands by its class and arrival: one that waits, or one that the officer has
in hand or on hold.

KEYS[1]  meta
ARGV     1 line capacity  2 request ttl (ms)
  item   ticket  officer  request  call number (0: never called)  line
Answer   {ok|already, ticket} {gone} {stale} {owner} {state, ticket} {full} {closed}
]]
local capacity

for_items {
  name = 'transfer',
  common = 2,
  width = 5,
  prepare = function()
    capacity = tonumber(ARGV[1])
    remember_for(ARGV[2])
  end,
  reads = first_names_ticket,
  make = function(id, officer, request_id, call, line)
    local request = request_of(officer, request_id)
    local answer = answered(request, id)
    if answer then return answer end
    local ticket = load(id)
    if not ticket then return { 'gone' } end
    if ticket.call ~= call then return { 'stale' } end
    if not may(ticket, 'transfer') or ticket.line == line and ticket.st == 'waiting' then
      return { 'state', flat(ticket) }
    end
    if ticket.st ~= 'waiting' and ticket.off ~= officer then return { 'owner' } end
    if CLOSED then return { 'closed' } end
    if length(line) >= capacity then return { 'full' } end

    local left = leave_line(ticket)
    if not left then
      let_go(ticket)
      clear_deadline(ticket)
      ticket.ret = call
    end
    if ticket.frm == '' then ticket.frm = ticket.line end
    ticket.line, ticket.pl, ticket.pr, ticket.off, ticket.con = line, '', ticket.cls, '', ''
    join(line, int(own_place(ticket)), id)
    remember(request, id)
    return { 'ok', apply(ticket, 'transfer', 'officer', left) }
  end,
}
