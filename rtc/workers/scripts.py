"""What happens in Redis at once. Every script has one key and makes the others from it (`keys.py`).

Time is Redis' own. A call belongs to one worker and one placement number: what an earlier one still says of
it is refused, so that a worker that was thought dead does no harm. A call that Redis lost is whose who speaks
of it first.
"""

from typing import Final

_BEGIN: Final = """
local p = 'm:{media}:'
local a = ARGV
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local function lease(worker) return tonumber(redis.call('ZSCORE', p .. 'l', worker) or '-1') end
local function own(call, worker, n)
  local c = redis.call('HMGET', p .. 'c:' .. call, 'w', 'n')
  if not c[1] then
    redis.call('HSET', p .. 'c:' .. call, 'w', worker, 'n', n)
    redis.call('SADD', p .. 's:' .. worker, call)
    return true
  end
  return c[1] == worker and c[2] == n
end
local function keep(call, worker, memory, ended, call_ms, ended_ms)
  local c = p .. 'c:' .. call
  redis.call('HSET', c, 'v', memory)
  if ended == '1' then
    redis.call('HSET', c, 'x', '1')
    redis.call('SREM', p .. 's:' .. worker, call)
    redis.call('PEXPIRE', c, ended_ms)
  else
    redis.call('PEXPIRE', c, call_ms)
  end
end
local function send(worker, request, most)
  local q = p .. 'q:' .. worker
  if lease(worker) < now then return {'dead', worker} end
  if redis.call('LLEN', q) >= tonumber(most) then return {'busy', worker} end
  redis.call('RPUSH', q, request)
  redis.call('PEXPIRE', q, 60000)
  return {'sent', worker}
end
"""

RENEW: Final = (
    _BEGIN
    + """
local before = lease(a[1])
redis.call('ZADD', p .. 'l', now + a[2], a[1])
redis.call('HSET', p .. 'h', a[1], now)
if redis.call('HGET', p .. 'i', a[1]) ~= a[3] then redis.call('HSET', p .. 'i', a[1], a[3]) end
return before >= now and 1 or 0
"""
)
"""worker, lease_ms, what it says → 1, or 0 where its lease had ended or was not known."""

VOUCH: Final = (
    _BEGIN
    + """
local heard = tonumber(redis.call('HGET', p .. 'h', a[1]) or '0')
local left = lease(a[1]) - now
if lease(a[1]) <= 0 or now - heard > tonumber(a[3]) then return 0 end
if left < a[2] * 0.6 then redis.call('ZADD', p .. 'l', now + a[2], a[1]) end
return 1
"""
)
"""worker, lease_ms, stall_ms → 1, and its lease held on where it begins to be late; 0: it was silent for too
long, or is gone.
"""

GONE: Final = (
    _BEGIN
    + """
return redis.call('ZADD', p .. 'l', 'XX', 0, a[1])
"""
)
"""worker → its lease is over at once."""

FORGET: Final = (
    _BEGIN
    + """
if lease(a[1]) >= now or redis.call('SCARD', p .. 's:' .. a[1]) > 0 then return 0 end
redis.call('ZREM', p .. 'l', a[1])
redis.call('HDEL', p .. 'i', a[1])
redis.call('HDEL', p .. 'h', a[1])
redis.call('DEL', p .. 'q:' .. a[1], p .. 's:' .. a[1])
return 1
"""
)
"""worker → forgotten, where its lease is over and no call is its own."""

LOOK: Final = (
    _BEGIN
    + """
local seen = {now}
local rows = redis.call('ZRANGE', p .. 'l', 0, -1, 'WITHSCORES')
for i = 1, #rows, 2 do
  seen[#seen + 1] = rows[i]
  seen[#seen + 1] = rows[i + 1]
  seen[#seen + 1] = redis.call('SCARD', p .. 's:' .. rows[i])
  seen[#seen + 1] = redis.call('HGET', p .. 'i', rows[i]) or ''
end
return seen
"""
)
"""→ now, then of each worker its id, the end of its lease, its calls, what it says."""

CALLS: Final = (
    _BEGIN
    + """
local seen = {}
for _, call in ipairs(redis.call('SMEMBERS', p .. 's:' .. a[1])) do
  seen[#seen + 1] = call
  seen[#seen + 1] = redis.call('HGET', p .. 'c:' .. call, 'v') or ''
end
return seen
"""
)
"""worker → of each of its calls id and memory."""

ENTRY: Final = (
    _BEGIN
    + """
local c = redis.call('HMGET', p .. 'c:' .. a[1], 'w', 'n', 'v', 'x')
if not c[1] then return {'unknown'} end
return {c[4] and 'ended' or 'placed', c[1], c[2], c[3] or ''}
"""
)
"""call → 'unknown', or 'placed' or 'ended' with worker, placement, memory."""

PLACE: Final = (
    _BEGIN
    + """
local c = p .. 'c:' .. a[1]
local found = redis.call('HMGET', c, 'w', 'n', 'v', 'x')
if found[1] then return {found[4] and 'ended' or 'placed', found[1], found[2], found[3] or ''} end
if a[2] == '' or lease(a[2]) < now then return {'nowhere'} end
redis.call('HSET', c, 'w', a[2], 'n', 1)
redis.call('PEXPIRE', c, a[3])
redis.call('SADD', p .. 's:' .. a[2], a[1])
return {'placed', a[2], '1', ''}
"""
)
"""call, worker (or ''), call_kept_ms → as ENTRY, or 'nowhere'. A call that is placed stays where it is."""

UNPLACE: Final = (
    _BEGIN
    + """
local c = redis.call('HMGET', p .. 'c:' .. a[1], 'w', 'n', 'v')
if c[1] ~= a[2] or c[2] ~= a[3] or c[3] then return 0 end
redis.call('DEL', p .. 'c:' .. a[1])
redis.call('SREM', p .. 's:' .. a[2], a[1])
return 1
"""
)
"""call, worker, placement → forgotten, where the worker never carried it."""

MOVE: Final = (
    _BEGIN
    + """
local c = p .. 'c:' .. a[1]
local found = redis.call('HMGET', c, 'w', 'n', 'v', 'x')
if found[1] ~= a[2] or found[4] then
  redis.call('SREM', p .. 's:' .. a[2], a[1])
  return {'moved'}
end
if lease(a[2]) >= now then return {'moved'} end
if lease(a[3]) < now then return {'nowhere'} end
local n = redis.call('HINCRBY', c, 'n', 1)
redis.call('HSET', c, 'w', a[3])
redis.call('PEXPIRE', c, a[4])
redis.call('SREM', p .. 's:' .. a[2], a[1])
redis.call('SADD', p .. 's:' .. a[3], a[1])
return {'placed', a[3], tostring(n), found[3] or ''}
"""
)
"""call, from, to, call_kept_ms → 'placed' with worker, placement, memory, for one of those who try."""

CLAIM: Final = (
    _BEGIN
    + """
if not own(a[1], a[2], a[3]) then return 0 end
redis.call('SADD', p .. 's:' .. a[2], a[1])
keep(a[1], a[2], a[4], '0', a[5], a[5])
return 1
"""
)
"""call, worker, placement, memory, call_kept_ms → 1: it is the worker's, also where Redis had lost it."""

ASK: Final = (
    _BEGIN
    + """
local c = redis.call('HMGET', p .. 'c:' .. a[1], 'w', 'v', 'x')
if not c[1] then return {'unknown'} end
if c[3] then return {'ended', c[2] or ''} end
return send(c[1], a[2], a[3])
"""
)
"""call, request, backlog_max → 'unknown'; 'ended' with memory; 'dead', 'busy' or 'sent' with the worker."""

ASK_WORKER: Final = (
    _BEGIN
    + """
return send(a[1], a[2], a[3])
"""
)
"""worker, request, backlog_max → as ASK."""

ANSWER: Final = (
    _BEGIN
    + """
if a[5] then
  if not own(a[5], a[6], a[7]) then return 0 end
  keep(a[5], a[6], a[8], a[9], a[10], a[11])
end
local q = p .. 'a:' .. a[1]
if redis.call('LLEN', q) < tonumber(a[3]) then
  redis.call('RPUSH', q, a[2])
  redis.call('PEXPIRE', q, a[4])
end
return 1
"""
)
"""client, answer, backlog_max, answers_ms; and where the call is to be remembered: call, worker, placement,
memory, ended, call_kept_ms, ended_kept_ms → 0, and no answer, where the call is another's.
"""

PUBLISH: Final = (
    _BEGIN
    + """
if not own(a[1], a[2], a[3]) then return 0 end
keep(a[1], a[2], a[4], a[5], a[6], a[7])
local s = redis.call('INCR', p .. 'g')
redis.call('XADD', p .. 'e', 'MAXLEN', '~', a[9], '*', 's', s, 'e', a[8])
return 1
"""
)
"""call, worker, placement, memory, ended, call_kept_ms, ended_kept_ms, event, events_max → as ANSWER."""
