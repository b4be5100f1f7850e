import { createHash, createHmac } from 'node:crypto'
import { rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KUBECONFIG } from '../kube/access.ts'
import { parseToken } from '../kubeedge/join-token.ts'
import { receiptFor } from '../state/host-changes.ts'
import { RECEIPT } from '../state/receipt.ts'
import { type CommandTrial, commandTrial } from '../testing/command.ts'
import { BASELINE, HEAD } from '../testing/trial.ts'
import { newToken } from './token.ts'

const KUBECTL = '/usr/local/bin/k3s kubectl --kubeconfig /etc/rancher/k3s/k3s.yaml -n kubeedge get secret'
const READYZ = '/usr/local/bin/k3s kubectl --kubeconfig /etc/rancher/k3s/k3s.yaml get --raw /readyz'
const KEY = Buffer.from('the private key of the CA')
const CA = Buffer.from('the CA')
const DAY = 86_400 // seconds

/** As CloudCore makes it. @param expires seconds since 1970 */
function tokenUntil(expires: number): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ exp: expires })}`
  const signature = createHmac('sha256', KEY).update(signed).digest('base64url')
  return `${createHash('sha256').update(CA).digest('hex')}.${signed}.${signature}`
}

let node: CommandTrial
const now = Math.floor(Date.now() / 1000)
const token = tokenUntil(now + DAY)
beforeEach(async () => {
  node = await commandTrial()
  node.script(`${KUBECTL} tokensecret`, Buffer.from(token).toString('base64'))
  const data = { cadata: CA.toString('base64'), cakeydata: KEY.toString('base64') }
  node.script(`${KUBECTL} casecret`, JSON.stringify({ data }))
  node.script(`${KUBECTL} cloudcoresecret`, '')
  node.script('ip -o addr show', '2: eth0    inet 10.77.0.1/24 brd 10.77.0.255 scope global eth0')
  const settings = { role: 'cloud', advertiseAddresses: ['10.77.0.1'], edgemesh: true, k3s: {}, options: [] }
  await node.install(receiptFor({ ...HEAD, role: 'cloud', settings }, undefined, BASELINE))
})
afterEach(() => node[Symbol.asyncDispose]())

const type = (args: Readonly<Record<string, unknown>> = {}) => node.type(newToken, args, 'cloud')

describe('token', () => {
  it('prints the token alone, and beside it until when it is valid', async () => {
    const said = await type()
    const expires = new Date((now + DAY) * 1000).toISOString()
    expect(said).toMatchObject({ en: token, zh: token, document: { token, expires } })
    expect(said.notes).toEqual([`The token is valid until ${expires}`])
  })

  it('asks on where the API is silent while CloudCore makes another one', async () => {
    const said = [tokenUntil(now - DAY), undefined, token]
    node.script(`${KUBECTL} tokensecret`, () => {
      const one = said.length > 1 ? said.shift() : said[0]
      return one === undefined ? { code: 1 } : Buffer.from(one).toString('base64')
    })
    expect((await type()).en).toBe(token)
  })

  it('makes one that lasts, signed as CloudCore does, and warns that nothing revokes it', async () => {
    const said = await type({ valid: '30d' })
    const made = parseToken(said.en)
    expect(made?.caHash).toBe(parseToken(token)?.caHash)
    expect(Number(made?.expires) - now).toBeGreaterThanOrEqual(30 * DAY)
    expect(said.notes.join()).toContain('only a new CA of CloudCore revokes it')
  })

  it.each(['30', '0d', '30m', '366d', '-1d'])(
    'refuses --valid %s before the cluster is asked',
    async (valid) => {
      await expect(type({ valid })).rejects.toMatchObject({ code: 'ANSWER_INVALID' })
      expect(node.calls.filter((line) => line.includes('kubectl'))).toEqual([])
    },
  )

  it('writes a file that only root reads, with the address that edges dial', async () => {
    const file = path.join(node.root, 'edge-join.yaml')
    const said = await type({ join: file })
    expect(said.en).toBe(file)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const text = await node.text('edge-join.yaml')
    expect(text).toContain('cloud: 10.77.0.1\n')
    expect(text).toContain(token)
    expect(JSON.stringify(said)).not.toContain(token)
  })

  it('warns of files in the directory of the archive, which its audit would refuse, but for the known name', async () => {
    const directory = 'data/kubeedge-cloud-1.22.0-amd64'
    await node.put(`${directory}/README.txt`)
    const at = (name: string) => path.join(node.root, directory, name)
    const moved = async (args: Readonly<Record<string, unknown>>) =>
      (await type(args)).notes.filter((note) => note.includes('elsewhere: ./install.sh refuses files'))
    expect(await moved({ join: at('edge-join.yaml') })).toEqual([])
    expect(await moved({ join: at('line-3.yaml') })).toEqual([expect.stringContaining(at('line-3.yaml'))])
    await node.put('hosts.csv', 'name\nedge-1\n')
    const hosts = path.join(node.root, 'hosts.csv')
    expect(await moved({ hosts, out: at('joins') })).toEqual([expect.stringContaining(at('joins'))])
    expect(await moved({ hosts, out: path.join(node.root, 'joins') })).toEqual([])
  })

  it('writes no file for an address that the certificate of CloudCore does not cover, nor where it is none', async () => {
    node.script(`${KUBECTL} cloudcoresecret`, Buffer.from('edited').toString('base64'))
    const file = path.join(node.root, 'edge-join.yaml')
    await expect(type({ join: file })).rejects.toMatchObject({ code: 'CLOUD_ADDRESS_UNUSABLE' })
    expect(await node.text('edge-join.yaml')).toBeUndefined()
  })

  describe('looks before the cluster is asked where its files go', () => {
    const refused = async (args: object, code: string) => {
      await expect(type({ valid: '30d', ...args })).rejects.toMatchObject({ code })
      expect(node.calls).toEqual([])
    }
    const at = (name: string) => path.join(node.root, name)

    it.each([
      ['a directory', 'data', 'FILE_NOT_REGULAR'],
      ['a name that ends as one of a directory', 'edge.yaml/', 'FILE_NOT_REGULAR'],
      ['a file on the way', 'data/file/edge.yaml', 'ENOTDIR'],
      ['a folder that is not there', 'none/edge.yaml', 'ENOENT'],
    ])('--join: %s', async (_, name, code) => {
      await node.put('data/file')
      await refused({ join: `${node.root}/${name}` }, code)
    })

    it('--join: a device, and procfs, where not even root writes', async () => {
      await refused({ join: '/dev/null' }, 'FILE_NOT_REGULAR')
      await refused({ join: '/proc/sys/edge.yaml' }, 'ENOENT')
    })

    it('--out: a file on the way, files that are there, a directory of the name of one, the list itself', async () => {
      await node.put('edges.csv', 'name\nedge-1\n')
      await node.put('out/edge-1.yaml', 'old')
      await node.put('dirs/edge-1.yaml/file')
      await node.put('same/edge-1.yaml', 'name\nedge-1\n')
      const list = { hosts: at('edges.csv') }
      await refused({ ...list, out: at('edges.csv/out') }, 'ENOTDIR')
      await refused({ ...list, out: at('out') }, 'JOIN_FILES_EXIST')
      await refused({ ...list, out: at('dirs'), overwrite: true }, 'FILE_NOT_REGULAR')
      const same = { hosts: at('same/edge-1.yaml'), out: at('same'), overwrite: true }
      await refused(same, 'OUTPUT_IS_INPUT')
    })
  })

  it('refuses half of what a list of edges needs, and a list beside a single file', async () => {
    const list = path.join(node.root, 'edges.csv')
    for (const args of [{ hosts: list }, { out: '/x' }, { hosts: list, out: '/x', join: '/y' }])
      await expect(type(args)).rejects.toMatchObject({ code: 'ANSWER_CONTRADICTS' })
    await expect(type({ hosts: list })).rejects.toMatchObject({ fix: { en: 'give both' } })
    expect(node.calls.filter((line) => line.includes('kubectl'))).toEqual([])
  })

  it('signs nothing that lasts where the receipt is missing that files for edges need, and says what is', async () => {
    await rm(path.join(node.root, RECEIPT))
    await node.put(KUBECONFIG)
    await node.put('/edges.csv', 'name\nedge-1\n')
    const out = path.join(node.root, 'out')
    for (const args of [
      { join: path.join(node.root, 'edge.yaml') },
      { hosts: `${node.root}/edges.csv`, out },
    ])
      await expect(type({ ...args, valid: '30d' })).rejects.toMatchObject({
        code: 'STEP_FAILED',
        because: { en: expect.stringContaining(RECEIPT), zh: expect.stringContaining(RECEIPT) },
        fix: { en: expect.stringContaining('./install.sh'), zh: expect.stringContaining('./install.sh') },
      })
    expect(node.calls.filter((line) => line.includes('kubectl'))).toEqual([])
    expect((await type()).en).toBe(token)
  })

  it('is not made on an edge, whichever archive is asked', async () => {
    await node.install(receiptFor(HEAD, undefined, BASELINE))
    await expect(type()).rejects.toMatchObject({ code: 'ROLE_MISMATCH' })
    expect(node.calls).toEqual([])
  })

  it('says that CloudCore has made none yet', async () => {
    node.script(`${KUBECTL} tokensecret`, '')
    node.script(READYZ, 'ok')
    await expect(type()).rejects.toMatchObject({
      code: 'STEP_FAILED',
      what: { en: 'no join token exists', zh: '没有接入令牌' },
    })
  })

  it('does not say so of an API that does not respond', async () => {
    for (const line of [`${KUBECTL} tokensecret`, READYZ]) node.script(line, { code: 1 })
    await expect(type()).rejects.toMatchObject({
      code: 'STEP_FAILED',
      because: { en: "Kubernetes' API does not respond", zh: 'Kubernetes API 无响应' },
    })
  })

  it('waits for a fresh one where the one that is there has expired', async () => {
    let asked = 0
    node.script(`${KUBECTL} tokensecret`, () => {
      asked += 1
      return Buffer.from(asked === 1 ? tokenUntil(now - 10) : token).toString('base64')
    })
    expect((await type()).en).toBe(token)
  })

  it('says of a machine without an installation that there is none', async () => {
    await using bare = await commandTrial()
    await expect(bare.type(newToken, {}, 'cloud')).rejects.toMatchObject({
      code: 'NOT_INSTALLED',
      fix: { en: 'run ./install.sh' },
    })
    expect(bare.calls).toEqual([])
  })

  it('is for the cloud: an edge archive says where', async () => {
    await expect(node.type(newToken)).rejects.toMatchObject({
      code: 'ROLE_MISMATCH',
      fix: { en: 'run it in the cloud archive' },
    })
  })
})
