// npm @signalwire/node 2.6.0 (Blade), unmodified, against `callboard sim`.
//
// usage: node node_2_6_0.mjs BINARY [CHECK ...]     run all checks, or those named
//        node node_2_6_0.mjs --list                 name them
//
// SDK_MODULES names a folder in which the package is installed (see run.sh).
// Starts the simulator, runs the SDK's RelayConsumer on it and uses the call
// methods as an application would. One line per check, then "N passed, M
// failed"; the exit code is 1 when a check failed.
//
// What this SDK needs from a server (notes on single operations stand at their
// checks):
//
// - It dials with calling.dial in Blade, too, and takes the id of the call from
//   the state events with its tag; the dial event ends the dial.
// - An answer within 10 s to everything, pings included, or it closes.
// - After a reconnect it sends the sessionid in blade.connect and, when the
//   signature is the same, its old protocol in the setup.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const HERE = dirname(fileURLToPath(import.meta.url))
const SCENARIO = join(HERE, 'scenario.toml')
const CHECK_LIMIT = 60_000 // milliseconds for one check
const STEP = 15_000 // milliseconds to wait for one event

// The cast of scenario.toml.
const CONTEXT = 'support'
const CALLER = '+12025550123'
const US = '+12025550199'
const PERSON = '+12025550140'
const BUSY = '+12025550141'
const MACHINE = '+12025550142'
const FAX = '+12025550143'
const DIGITS = '2468'
const SOUND = 'https://files.example.com/beep.mp3' // of seven seconds
const DOCUMENT = 'https://files.example.com/offer.pdf'

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

async function until(what, predicate, time = STEP) {
  const end = Date.now() + time
  while (!predicate()) {
    expect(Date.now() < end, `no ${what} within ${time / 1000} s`)
    await new Promise((next) => setTimeout(next, 10))
  }
}

const phone = (to) => ({ type: 'phone', from: US, to, timeout: 20 })
const silence = (duration) => ({ type: 'silence', params: { duration } })

class Session {
  constructor(client, inbound) {
    this.client = client
    this.inbound = inbound
  }

  async dial(...devices) {
    const result = await limit(this.client.calling.dial(...devices), 'end of the dial')
    expect(result.successful, `the dial ended with ${result.event?.name}`)
    return result.call
  }

  // An answered outbound call, shared by the checks that do not end it.
  async call() {
    if (!this.shared?.answered) this.shared = await this.dial(phone(PERSON))
    return this.shared
  }

  async drop() {
    const call = this.shared
    this.shared = undefined
    if (call?.answered) await limit(call.hangup(), 'end of the shared call', 5000)
  }
}

// Waits for an action that has to end well.
async function finished(action, what) {
  await until(`end of ${what}`, () => action.completed)
  expect(action.result.successful, `${what} ended as ${action.state}`)
  return action.result
}

async function stopped(action, what) {
  expect((await limit(action.stop(), 'answer to the stop')).successful, `stop of ${what} refused`)
  await until(`end of ${what}`, () => action.completed)
  return action.result
}

const checks = {
  async login(session) {
    const { client } = session
    expect(client.connected && client.sessionid && client.nodeid, 'not connected')
    expect(client.relayProtocol.startsWith(`signalwire_${client.signature}_`), `protocol ${client.relayProtocol}`)
    same(client.contexts.join(), CONTEXT, 'contexts')
  },

  // A call on the context arrives, is answered, and is hung up by us.
  async inbound(session) {
    await until('inbound call', () => session.inbound.length > 0)
    const call = session.inbound.shift()
    same(call.context, CONTEXT, 'context')
    same(call.type, 'phone', 'type')
    same(call.from, CALLER, 'from')
    same(call.to, US, 'to')
    const states = []
    call.on('stateChange', (c) => states.push(c.state))
    expect((await limit(call.answer(), 'answered state')).successful, 'not answered')
    same(call.state, 'answered', 'state')
    const result = await limit(call.hangup(), 'ended state')
    same(result.reason, 'hangup', 'reason')
    same(states.at(-1), 'ended', 'last state')
    expect(call.ended && !call.busy && !call.failed, 'not simply over')
  },

  // The next call on the context is passed on; nobody else is there.
  async pass(session) {
    await until('inbound call', () => session.inbound.length > 0)
    expect((await limit(session.inbound.shift().pass(), 'pass')).successful, 'pass refused')
  },

  async dial(session) {
    const call = session.client.calling.newCall(phone(PERSON))
    const states = []
    call.on('stateChange', (c) => states.push(c.state))
    const dialling = call.dial()
    expect(await limit(call.waitForRinging(), 'ringing'), 'waitForRinging')
    const result = await limit(dialling, 'end of the dial')
    expect(result.successful && result.call === call, 'not the call that was dialled')
    expect(call.id && call.nodeId, 'ids are missing')
    same(call.to, PERSON, 'to')
    const ended = call.waitForEnded()
    await limit(call.hangup(), 'ended state')
    expect(await limit(ended, 'ended'), 'waitForEnded')
    same(states.join(), 'created,ringing,answered,ending,ended', 'states')
  },

  // Two devices at once: one winner.
  async dial_parallel(session) {
    const call = await session.dial([phone(BUSY), phone(PERSON)])
    same(call.to, PERSON, 'winner')
    await limit(call.hangup(), 'ended state')
  },

  async dial_busy(session) {
    const result = await limit(session.client.calling.dial(phone(BUSY)), 'end of the dial')
    expect(!result.successful, 'the dial succeeded')
  },

  async play(session) {
    const call = await session.call()
    const seen = []
    call.on('play.stateChange', (_, params) => seen.push(params.state))
    for (const [what, playing] of [
      ['play', () => call.play({ media: [silence(0.3), { type: 'tts', text: 'Hi.' }], volume: -3 })],
      ['playSilence', () => call.playSilence(0.3)],
      ['playRingtone', () => call.playRingtone({ name: 'us', duration: 0.5, volume: 2 })],
      ['playTTS', () => call.playTTS({ text: 'Hi.', language: 'en-US', gender: 'male' })],
      ['playAudio', () => call.playAudio(SOUND)],
    ]) {
      const result = await limit(playing(), what, CHECK_LIMIT)
      expect(result.successful && result.event.name === 'finished', `${what} ended as ${result.event?.name}`)
    }
    same(seen.filter((state) => state === 'finished').length, 5, 'finished events')
    call.off('play.stateChange')
  },

  async play_async(session) {
    const call = await session.call()
    await finished(await limit(call.playAsync(silence(0.4)), 'play'), 'play')
    for (const [what, playing] of [
      ['playSilenceAsync', () => call.playSilenceAsync(60)],
      ['playRingtoneAsync', () => call.playRingtoneAsync({ name: 'us', duration: 60 })],
      ['playTTSAsync', () => call.playTTSAsync({ text: 'x'.repeat(2000) })],
      ['playAudioAsync', () => call.playAudioAsync({ url: SOUND })],
    ]) {
      const action = await limit(playing(), what)
      await until(`playing of ${what}`, () => action.state === 'playing')
      expect((await limit(action.volume(4.5), 'volume')).successful, 'volume refused')
      expect((await stopped(action, what)).successful, `${what} ended as ${action.state}`)
    }
    // This SDK takes a pause for no end of the play.
    const action = await limit(call.playSilenceAsync(60), 'play')
    expect((await limit(action.pause(), 'pause')).successful, 'pause refused')
    expect((await limit(action.resume(), 'resume')).successful, 'resume refused')
    await limit(action.stop(), 'stop')
  },

  async record(session) {
    const call = await session.call()
    const options = { stereo: true, format: 'wav', direction: 'both', initial_timeout: 0, end_silence_timeout: 0 }
    const action = await limit(call.recordAsync(options), 'record')
    expect(action.url.startsWith('http'), `url ${action.url}`)
    await until('recording', () => action.state === 'recording')
    await new Promise((next) => setTimeout(next, 500))
    const result = await stopped(action, 'recording')
    expect(result.successful && result.url && result.duration > 0 && result.size > 0, 'no recording')
    const silent = await limit(call.record({ initial_timeout: 1, end_silence_timeout: 1 }), 'record', CHECK_LIMIT)
    expect(['finished', 'no_input'].includes(silent.event.name), `ended as ${silent.event.name}`)
  },

  async detect(session) {
    const call = await session.dial(phone(MACHINE))
    const result = await limit(call.amd({ wait_for_beep: true, timeout: 20 }), 'verdict', CHECK_LIMIT)
    expect(result.successful && result.result === 'MACHINE', `verdict ${result.result}`)
    await limit(call.hangup(), 'ended state')
    const person = await session.dial(phone(PERSON))
    const verdict = await limit(person.detectAnsweringMachine({ timeout: 10 }), 'verdict', CHECK_LIMIT)
    same(verdict.result, 'HUMAN', 'verdict')
    const action = await limit(person.detectFaxAsync({ tone: 'CED', timeout: 60 }), 'detect')
    await stopped(action, 'detector')
    const nobody = await limit(person.detectDigit({ digits: '123', timeout: 1 }), 'end', CHECK_LIMIT)
    expect(!nobody.successful, 'nobody presses')
    await limit(person.hangup(), 'ended state')
  },

  async prompt(session) {
    const call = await session.call()
    const asked = { type: 'digits', digits_max: DIGITS.length, digits_timeout: 3, initial_timeout: 10 }
    for (const [what, prompting] of [
      ['prompt', () => call.prompt({ ...asked, media: [silence(0.5)] })],
      ['promptTTS', () => call.promptTTS({ ...asked, text: 'Hi.' })],
      ['promptRingtone', () => call.promptRingtone({ ...asked, name: 'us', duration: 0.5 })],
      ['promptAudio', () => call.promptAudio({ ...asked, url: SOUND })],
    ]) {
      const result = await limit(prompting(), what, CHECK_LIMIT)
      expect(result.successful && result.type === 'digit', `${what} brought ${result.type}`)
      same(result.result, DIGITS, `digits of ${what}`)
    }
    const speech = { type: 'speech', end_silence_timeout: 1, text: 'Yes?' }
    const said = await limit(call.promptTTS(speech), 'speech', CHECK_LIMIT)
    expect(said.successful && said.result === 'order status' && said.confidence, `brought ${said.result}`)
    const action = await limit(
      call.promptTTSAsync({ type: 'digits', digits_max: 30, initial_timeout: 60, text: 'x'.repeat(2000) }),
      'prompt'
    )
    expect((await limit(action.volume(2), 'volume')).successful, 'volume refused')
    expect((await limit(action.stop(), 'stop')).successful, 'stop refused')
  },

  async send_digits(session) {
    const call = await session.call()
    expect((await limit(call.sendDigits('1w2#'), 'sendDigits')).successful, 'not sent')
    await finished(await limit(call.sendDigitsAsync('99'), 'sendDigitsAsync'), 'sendDigits')
  },

  async tap(session) {
    const call = await session.call()
    const to = { target_type: 'rtp', target_addr: '203.0.113.20', target_port: 4000, codec: 'PCMU' }
    const action = await limit(call.tapAsync({ audio_direction: 'both', ...to }), 'tap')
    await until('tapping', () => action.state === 'tapping')
    same(action.sourceDevice?.type, 'rtp', 'source')
    const result = await stopped(action, 'tap')
    expect(result.successful, 'the tap failed')
    same(result.destinationDevice.params.addr, to.target_addr, 'destination')
  },

  async fax(session) {
    const call = await session.dial(phone(FAX))
    const result = await limit(call.faxSend(DOCUMENT, US, 'offer'), 'fax', CHECK_LIMIT)
    expect(result.successful && result.direction === 'send' && result.pages, 'nothing sent')
    const action = await limit(call.faxReceiveAsync(), 'fax')
    await limit(action.stop(), 'stop')
    await until('end of the fax', () => action.completed)
    await limit(call.hangup(), 'ended state')
  },

  async connect(session) {
    const call = await session.dial(phone(PERSON))
    const result = await limit(call.connect({ type: 'phone', to: BUSY }, { type: 'phone', to: PERSON }), 'bridge', 30_000)
    expect(result.successful, `the bridge ended as ${result.event?.name}`)
    const peer = result.call
    expect(peer?.id && peer.id !== call.id && call.peer === peer, 'no peer')
    same(peer.to, PERSON, 'number of the peer')
    expect((await limit(call.disconnect(), 'disconnected')).successful, 'not taken apart')
    await limit(peer.hangup(), 'end of the peer')
    const failed = await limit(call.connect({ type: 'phone', to: BUSY }), 'failure', 30_000)
    expect(!failed.successful && call.answered, 'connected to a busy line')
    await limit(call.hangup(), 'ended state')
  },

  // What still runs when the call ends is over.
  async ended_meanwhile(session) {
    const call = await session.dial(phone(PERSON))
    const playing = call.playSilence(60)
    await new Promise((next) => setTimeout(next, 300))
    await limit(call.hangup('busy'), 'ended state')
    await limit(playing, 'end of the play')
    expect(call.busy, 'not busy')
  },

  // The socket is lost; session and protocol are picked up, the call goes on and reports.
  async resume(session) {
    const { client } = session
    const call = await session.dial(phone(PERSON))
    const { sessionid, relayProtocol } = client
    let ready = 0
    client.on('signalwire.ready', () => (ready += 1))
    client.connection.close()
    await until('second login', () => ready > 0)
    same(client.sessionid, sessionid, 'session')
    same(client.relayProtocol, relayProtocol, 'protocol')
    await until('contexts', () => client.contexts.join() === CONTEXT)
    const result = await limit(call.hangup(), 'ended state')
    expect(result.successful && call.ended, `state is ${call.state}`)
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
    console.error(first ? `no such check: ${unknown}; see --list` : 'usage: node node_2_6_0.mjs BINARY [CHECK ...]')
    return 2
  }
  const require = createRequire(join(resolve(process.env.SDK_MODULES ?? HERE), 'index.js'))
  const { RelayConsumer } = require('@signalwire/node')
  const sim = await simulator(resolve(first))
  let passed = 0
  let failed = 0
  const inbound = []
  let ready
  const up = new Promise((resolve) => (ready = resolve))
  const consumer = new RelayConsumer({
    host: sim.url,
    project: 'interop',
    token: 'interop',
    contexts: [CONTEXT],
    ready: (consumer) => {
      consumer.client.__logger.setLevel('silent')
      ready(consumer.client)
    },
    onIncomingCall: (call) => inbound.push(call),
  })
  try {
    consumer.run()
    const session = new Session(await limit(up, 'login'), inbound)
    for (const name of wanted.length ? wanted : Object.keys(checks)) {
      const start = Date.now()
      try {
        await limit(checks[name](session), 'end of the check', 2 * CHECK_LIMIT)
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
    if (sim.child.exitCode !== null) console.log(`-- the simulator had ended before, with ${sim.child.exitCode}`)
    sim.child.kill()
  }
  if (failed) console.log(`-- end of the simulator's log\n${sim.tail()}`)
  console.log(`${passed} passed, ${failed} failed`)
  return failed ? 1 : 0
}

process.on('uncaughtException', (error) => console.log(`-- uncaught in the SDK: ${error?.message ?? error}`))
process.on('unhandledRejection', (error) => console.log(`-- unhandled in the SDK: ${error?.message ?? error}`))
main().then(
  (code) => process.exit(code),
  (error) => {
    console.error(error?.message ?? error)
    process.exit(1)
  }
)
