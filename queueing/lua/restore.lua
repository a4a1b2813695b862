--[[
Puts tickets back into a frozen hall as the records have them. Nobody could do anything meanwhile, so that deadlines
are put off to leave some time, and officers who have a ticket get a lease to be heard of.

KEYS[1]  meta
ARGV     1 who builds  2 which of its calls  3 ttl of an ended ticket (ms)  4 least time to a deadline (ms)
         5 lease (ms)  6… packed tickets
Returns  {ok} {lost}
]]
for_builder('restore', function()
  if not is_turn_of(ARGV[1], tonumber(ARGV[2])) then return { 'lost' } end
  local ttl_ms, least_ms = tonumber(ARGV[3]), tonumber(ARGV[4])

  local function put_back(ticket)
    if ticket.st == 'waiting' then
      join(ticket.line, place(ticket), ticket.id)
    elseif ticket.st == 'called' or ticket.st == 'serving' then
      hand_to(ticket.off, ticket.id)
      renew_lease(ticket.off, ARGV[5])
    elseif ticket.st == 'on_hold' then
      put_on_hold(ticket)
      renew_lease(ticket.off, ARGV[5])
    end
    if ticket.dl ~= '' then set_deadline(ticket, math.max(tonumber(ticket.dl), NOW + least_ms)) end
  end

  -- As long as an open ticket lives, or what is left of an ended one's time.
  local function keep(ticket, key, value)
    local left_ms = ticket.fin ~= '' and ticket.fin + ttl_ms - NOW
    if not left_ms then
      set(key, value)
    elseif left_ms > 0 then
      set(key, value, int(left_ms))
    end
  end

  for i = 6, #ARGV do
    local ticket = unpacked(string.match(ARGV[i], '^([^|]*)|(.*)$'))
    if ticket.fin == '' then put_back(ticket) end
    keep(ticket, ticket_key(ticket.id), stored(ticket, flat(ticket)))
    if ticket.bk ~= '' and (ticket.st ~= 'cancelled' or ticket.by == 'hall') then
      keep(ticket, booking_key(ticket.bk), ticket.id)
    end
  end
  return { 'ok' }
end)
