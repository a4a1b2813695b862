// BullMQ: add, take (getNextJob) and complete (moveToCompleted), each a call of its own.
//
// Arguments: the folder with node_modules, the server's unix socket, how many one after another, how many in all
// at once, how many of them at a time. Prints one line of JSON: operations a second.
//
// Many at once is measured twice, with and without ioredis' automatic pipelining, and the better one counts.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const [folder, path, sequential, concurrent, atATime] = process.argv.slice(2)
const require = createRequire(join(folder, 'package.json'))
const { Queue, Worker } = require('bullmq')
const { Redis } = require('ioredis')

const TOKEN = 'bench'
const WARM_UP = 500

async function timed(operate, count, concurrency) {
  const answers = new Array(count)
  let next = 0
  const work = async () => {
    while (next < count) {
      const turn = next++
      answers[turn] = await operate(turn)
    }
  }
  const started = process.hrtime.bigint()
  await Promise.all(Array.from({ length: concurrency }, work))
  const takenSeconds = Number(process.hrtime.bigint() - started) / 1e9
  return [count / takenSeconds, answers]
}

async function allOperations(name, count, concurrency, enableAutoPipelining) {
  const connection = new Redis({ path, maxRetriesPerRequest: null, enableAutoPipelining })
  const queue = new Queue(name, { connection })
  // Never starts by itself: jobs are taken by hand. The lock outlives the run.
  const worker = new Worker(name, null, { connection, autorun: false, lockDuration: 600_000 })
  await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()])
  const [issue] = await timed((turn) => queue.add('ticket', { turn }), count, concurrency)
  const [call, jobs] = await timed(() => worker.getNextJob(TOKEN, { block: false }), count, concurrency)
  if (jobs.some((job) => job === undefined)) throw new Error('a job could not be taken')
  const [finish] = await timed((turn) => jobs[turn].moveToCompleted('done', TOKEN, false), count, concurrency)
  await worker.close()
  await queue.close()
  await connection.quit()
  return { issue, call, finish }
}

function better(one, other) {
  return Object.fromEntries(Object.keys(one).map((name) => [name, Math.max(one[name], other[name])]))
}

function versionOf(name) {
  return JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')).version
}

await allOperations('warm-up', WARM_UP, Number(atATime), true)
const oneAfterAnother = await allOperations('one', Number(sequential), 1, false)
const plain = await allOperations('many', Number(concurrent), Number(atATime), false)
const pipelined = await allOperations('many-pipelined', Number(concurrent), Number(atATime), true)
console.log(
  JSON.stringify({
    versions: { bullmq: versionOf('bullmq'), ioredis: versionOf('ioredis'), node: process.versions.node },
    one_after_another: oneAfterAnother,
    many_at_once: better(plain, pipelined),
  }),
)
