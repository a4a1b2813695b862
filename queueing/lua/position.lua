--[[
Tickets with their places, all at one moment.

KEYS[1]  meta
  item   ticket
Answer   {ok, ticket, ahead or -1, waiting in its line, version, now (ms)} {gone}
]]
for_items {
  name = 'position',
  common = 0,
  width = 1,
  reads = first_names_ticket,
  make = function(id)
    local ticket = load(id)
    if not ticket then return { 'gone' } end
    local ahead = ticket.st == 'waiting' and redis.call('ZRANK', line_key(ticket.line), id) or -1
    return { 'ok', flat(ticket), ahead, length(ticket.line), int(VERSION), NOW_TEXT }
  end,
}
