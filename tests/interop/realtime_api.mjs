// npm @signalwire/realtime-api 4.2.1, unmodified, against `callboard sim`.
//
// usage: node realtime_api.mjs BINARY [CHECK ...]     run all checks, or those named
//        node realtime_api.mjs --list                 name them
//
// SDK_MODULES names a folder in which the package is installed (see run.sh).
// Starts the simulator without TLS, logs in and uses the call methods as an
// application would. One line per check, then "N passed, M failed"; the exit
// code is 1 when a check failed.
//
// What this SDK needs from a server (notes on single operations stand at their
// checks):
//
// - `context` in calling.call.receive, equal to a topic that was subscribed to.
//   Without it the worker that handles inbound calls dies for good.
// - `direction` "outbound" and the dial's tag in the calling.call.state events
//   of a dialled leg, and at least one of them before the dial event: the dial
//   event looks the call up by its id and fails when it is not known.
// - call_state and direction in the call object of the dial event: it replaces
//   everything known of the call, so call.state is undefined without them.
// - A `playing`, `recording` and `tapping` event: the promises wait for these
//   events, not for the response.
// - The final collect and detect events after the response of their command.
// - call_state `ended` after calling.end: hangup() waits for it.
// - A signalwire.ping at least every 15 s once it has seen one.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const HERE = dirname(fileURLToPath(import.meta.url))
const SCENARIO = join(HERE, 'scenario.toml')
const CHECK_LIMIT = 40_000 // milliseconds for one check
const STEP = 15_000 // milliseconds to wait for one event

// The cast of scenario.toml.
const CONTEXT = 'support'
const CALLER = '+12025550123'
const US = '+12025550199'
const PERSON = '+12025550140'
const BUSY = '+12025550141'
const MACHINE = '+12025550142'
const DIGITS = '2468'

function expect(condition, what) {
  if (!condition) throw new Error(what)
}

function same(actual, wanted, what) {
  if (actual !== wanted) throw new Error(`${what} is ${JSON.stringify(actual)}, not ${JSON.stringify(wanted)}`)
}

function limit(promise, what, time = STEP) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} within ${time / 1000} s`)), time)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

// A call's waitFor() resolves on later events only, so a state that was
// reached before the call to it is never seen. Poll the property instead.
async function until(what, predicate, time = STEP) {
  const end = Date.now() + time
  while (!predicate()) {
    expect(Date.now() < end, `no ${what} within ${time / 1000} s`)
    await new Promise((next) => setTimeout(next, 10))
  }
}

const sleep = (time) => new Promise((next) => setTimeout(next, time))

class Session {
  constructor(client) {
    this.client = client
    this.inbound = []
  }

  async subscribe() {
    this.unsubscribe = await this.client.voice.listen({
      topics: [CONTEXT],
      onCallReceived: (call) => this.inbound.push(call),
    })
  }

  dial(to, listen) {
    return limit(this.client.voice.dialPhone({ from: US, to, timeout: 20, listen }), 'answer to the dial')
  }

  // An answered outbound call, shared by the checks that do not end it.
  async call() {
    this.shared ??= await this.dial(PERSON)
    return this.shared
  }

  async drop() {
    const call = this.shared
    this.shared = undefined
    if (call) await limit(call.hangup(), 'end of the shared call', 5000)
  }
}

const checks = {
  // A call on the topic arrives, is answered, and is hung up by us.
  async inbound(session) {
    await until('inbound call', () => session.inbound.length > 0)
    const call = session.inbound.shift()
    same(call.direction, 'inbound', 'direction')
    same(call.context, CONTEXT, 'context')
    same(call.type, 'phone', 'type')
    same(call.from, CALLER, 'from')
    same(call.to, US, 'to')
    expect(['created', 'ringing'].includes(call.state), `state is ${call.state}`)
    await limit(call.answer(), 'answered state')
    same(call.state, 'answered', 'state')
    await limit(call.hangup(), 'ended state')
    same(call.state, 'ended', 'state')
  },

  // dialPhone() resolves with the answered call.
  async dial(session) {
    const states = []
    const call = await session.dial(PERSON, { onStateChanged: (c) => states.push(c.state) })
    expect(call.id && call.nodeId, 'ids are missing')
    same(call.direction, 'outbound', 'direction')
    same(call.to, PERSON, 'to')
    same(call.from, US, 'from')
    same(call.state, 'answered', 'state')
    await limit(call.hangup(), 'ended state')
    expect(states.includes('ended'), `states ${states}`)
  },

  // A dial that nobody answers rejects with the dial event, not with a timeout.
  async dial_failed(session) {
    let rejection
    await session.dial(BUSY).catch((error) => (rejection = error))
    expect(rejection, 'the dial succeeded')
    same(rejection.dialState ?? rejection.dial_state, 'failed', 'dial state')
  },

  // Awaiting playTTS() waits for the end of the sound.
  async play_tts(session) {
    const call = await session.call()
    const playback = await limit(call.playTTS({ text: 'Hi.', gender: 'male' }), 'end of the play')
    same(playback.state, 'finished', 'state')
  },

  // pause, resume, setVolume and stop of a running play.
  async play_controls(session) {
    const call = await session.call()
    const states = []
    const playback = await limit(
      call.playSilence({ duration: 60, listen: { onUpdated: (p) => states.push(p.state) } }).onStarted(),
      'start of the play'
    )
    same(playback.state, 'playing', 'state')
    await playback.pause()
    await until('paused', () => states.includes('paused'))
    await playback.resume()
    await until('playing again', () => states.includes('playing'))
    await playback.setVolume(4.5)
    await playback.stop()
    await limit(playback.ended(), 'end of the play')
    same(playback.state, 'finished', 'state')
  },

  // A stopped recording has url, duration and size.
  async record(session) {
    const call = await session.call()
    const recording = await limit(
      call.recordAudio({ direction: 'both', initialTimeout: 0, endSilenceTimeout: 0, terminators: '' }).onStarted(),
      'start of the recording'
    )
    same(recording.state, 'recording', 'state')
    await sleep(500)
    await recording.stop()
    await limit(recording.ended(), 'end of the recording')
    same(recording.state, 'finished', 'state')
    expect(String(recording.url).startsWith('http'), `url is ${recording.url}`)
    expect(recording.duration > 0, `duration is ${recording.duration}`)
    expect(recording.size > 0, `size is ${recording.size}`)
  },

  // pause with both behaviours, resume, stop.
  async record_controls(session) {
    const call = await session.call()
    const states = []
    const recording = await limit(
      call
        .recordAudio({
          stereo: true,
          initialTimeout: 0,
          endSilenceTimeout: 0,
          listen: { onUpdated: (r) => states.push(r.state) },
        })
        .onStarted(),
      'start of the recording'
    )
    for (const behavior of ['skip', 'silence']) {
      states.length = 0
      await recording.pause({ behavior })
      await until('paused', () => states.includes('paused'))
      await recording.resume()
      await until('recording again', () => states.includes('recording'))
    }
    await recording.stop()
    await limit(recording.ended(), 'end of the recording')
    same(recording.state, 'finished', 'state')
  },

  // The machine is heard out until its beep; result is the last word.
  async detect_machine(session) {
    const call = await session.dial(MACHINE)
    const words = []
    const detect = await limit(
      call
        .amd({ waitForBeep: true, timeout: 20, listen: { onUpdated: (d) => words.push(d.detect.params) } })
        .onStarted(),
      'detector'
    )
    await limit(detect.ended(), 'end of the detector')
    same(words[0]?.event, 'MACHINE', 'first word')
    expect(words.some((w) => w.beep === true), `no beep in ${JSON.stringify(words)}`)
    same(detect.type, 'machine', 'type')
    await limit(call.hangup(), 'ended state')
  },

  // A person is recognised as one.
  async detect_human(session) {
    const call = await session.dial(PERSON)
    const detect = await limit(call.amd(), 'end of the detector')
    same(detect.result, 'HUMAN', 'result')
    await limit(call.hangup(), 'ended state')
  },

  // Digits keyed during a prompt. Its control id ends in ".prompt"; a server
  // has to hand it back unchanged.
  async prompt(session) {
    const call = await session.call()
    const prompt = await limit(
      call.promptTTS({ text: 'Code?', initialTimeout: 10, digits: { max: DIGITS.length, digitTimeout: 3 } }),
      'end of the prompt'
    )
    same(prompt.type, 'digit', 'type')
    same(prompt.digits, DIGITS, 'digits')
    expect(prompt.controlId.endsWith('.prompt'), `control id ${prompt.controlId}`)
  },

  // Digits without a prompt.
  async collect(session) {
    const call = await session.call()
    const collect = await limit(
      call.collect({ initialTimeout: 10, digits: { max: DIGITS.length, digitTimeout: 3 } }),
      'end of the collect'
    )
    same(collect.type, 'digit', 'type')
    same(collect.digits, DIGITS, 'digits')
  },

  // The promise waits for the finished event.
  async send_digits(session) {
    const call = await session.call()
    await limit(call.sendDigits('1w2#'), 'end of the digits')
  },

  // An invalid digit is refused with a code.
  async send_digits_refused(session) {
    const call = await session.call()
    let rejection
    await limit(call.sendDigits('12x'), 'answer').catch((error) => (rejection = error))
    same(String(rejection?.code), '400', 'code')
  },

  // A tap runs until it is stopped.
  async tap(session) {
    const call = await session.call()
    const device = { type: 'rtp', addr: '203.0.113.20', port: 4000, codec: 'PCMU', ptime: 20 }
    const tap = await limit(call.tapAudio({ direction: 'both', device }).onStarted(), 'start of the tap')
    same(tap.state, 'tapping', 'state')
    await tap.stop()
    await limit(tap.ended(), 'end of the tap')
  },

  // Bridge to a person and unbridge. The peer is a call object of its own,
  // made from the state events with the tag of the connect.
  async connect(session) {
    const call = await session.dial(PERSON)
    const peer = await limit(call.connectPhone({ from: US, to: PERSON, timeout: 20 }), 'bridge')
    expect(peer.id && peer.id !== call.id, `peer id ${peer.id}`)
    same(peer.to, PERSON, 'number of the peer')
    same(call.connected, true, 'connected')
    expect(call.peer === peer, 'call.peer is not the returned call')
    await limit(call.disconnect(), 'disconnected')
    await limit(call.hangup(), 'ended state')
  },

  // hangup() with a reason; a running play ends with the call.
  async hangup(session) {
    const call = await session.dial(PERSON)
    const playback = await limit(call.playSilence({ duration: 60 }).onStarted(), 'start of the play')
    await limit(call.hangup('busy'), 'ended state')
    await limit(playback.ended(), 'end of the play')
    same(call.state, 'ended', 'state')
  },
}

// `callboard sim` as a child process.
async function simulator(binary) {
  const child = spawn(binary, ['sim', '--listen', '127.0.0.1:0', '--scenario', SCENARIO, '--seed', '7'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log = []
  child.stderr.on('data', (data) => log.push(data))
  const tail = () => Buffer.concat(log).toString().split('\n').slice(-40).join('\n')
  const lines = createInterface({ input: child.stdout })
  try {
    const failed = once(child, 'error').then(([error]) => Promise.reject(error))
    const gone = once(child, 'exit').then(([code]) => Promise.reject(new Error(`it exited with ${code}`)))
    gone.catch(() => {})
    failed.catch(() => {})
    const [line] = await limit(Promise.race([once(lines, 'line'), failed, gone]), 'line', 20_000)
    return { child, tail, url: JSON.parse(line).url }
  } catch (error) {
    child.kill()
    throw new Error(`the simulator did not say where it listens: ${error.message}\n${tail()}`)
  }
}

async function main() {
  const [first, ...wanted] = process.argv.slice(2)
  if (first === '--list') {
    console.log(Object.keys(checks).join('\n'))
    return 0
  }
  const unknown = wanted.filter((name) => !(name in checks))
  if (!first || unknown.length) {
    console.error(first ? `no such check: ${unknown}; see --list` : 'usage: node realtime_api.mjs BINARY [CHECK ...]')
    return 2
  }
  const require = createRequire(join(resolve(process.env.SDK_MODULES ?? HERE), 'index.js'))
  const { SignalWire } = require('@signalwire/realtime-api')
  const sim = await simulator(resolve(first))
  let passed = 0
  let failed = 0
  try {
    // The promise of SignalWire() resolves even when the login is refused, so
    // subscribing to the topic is what proves it.
    const client = await limit(
      SignalWire({ host: sim.url, project: 'interop', token: 'interop', logLevel: 'error' }),
      'login'
    )
    const session = new Session(client)
    await limit(session.subscribe(), 'subscription to the topic')
    for (const name of wanted.length ? wanted : Object.keys(checks)) {
      const start = Date.now()
      try {
        await limit(checks[name](session), 'end of the check', CHECK_LIMIT)
        passed += 1
        console.log(`ok   ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)`)
      } catch (error) {
        failed += 1
        console.log(`FAIL ${name}: ${error?.message ?? JSON.stringify(error)}`)
        await session.drop().catch(() => {})
      }
    }
    await session.drop().catch(() => {})
  } finally {
    sim.child.kill()
  }
  if (failed) console.log(`-- end of the simulator's log\n${sim.tail()}`)
  console.log(`${passed} passed, ${failed} failed`)
  return failed ? 1 : 0
}

// The SDK says "Unknown prompt result type" and the like on the console, and
// throws from its workers without a way to catch it; keep going and show it.
process.on('uncaughtException', (error) => console.log(`-- uncaught in the SDK: ${error?.message ?? error}`))
process.on('unhandledRejection', (error) => console.log(`-- unhandled in the SDK: ${error?.message ?? error}`))
main().then(
  (code) => process.exit(code),
  (error) => {
    console.error(error?.message ?? error)
    process.exit(1)
  }
)
