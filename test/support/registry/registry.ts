import { type ChildProcess, spawn } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { exec, mustExec } from '@edgelift/core'
import { dump } from 'js-yaml'

/** Debian's docker-registry (CNCF distribution 2.8) on loopback: TLS of an own authority, and one user. */
export interface RealRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  readonly host: string
  /** The authority's certificate, PEM. */
  readonly ca: string
  readonly username: string
  readonly password: string
  /** A folder for whatever the test needs besides; removed with the registry. */
  readonly folder: string
  /** Copies an image in with skopeo: `oci:folder:tag` and the like. */
  push(source: string, name: string, options?: readonly string[]): Promise<void>
}

/** @throws when docker-registry, htpasswd or openssl is missing: `test/integration/packages.txt` names their packages */
export async function startRegistry(): Promise<RealRegistry> {
  const folder = await mkdtemp(path.join(tmpdir(), 'edgelift-registry-'))
  const host = `127.0.0.1:${await freePort()}`
  const [username, password] = ['builder', 'correct horse']
  await makeCertificates(folder)
  const hashed = await mustExec(exec, 'htpasswd', ['-Bin', username], { input: password })
  await writeFile(path.join(folder, 'htpasswd'), hashed)
  const config = path.join(folder, 'config.yml')
  await writeFile(config, dump(configuration(folder, host)))
  const child = spawn('docker-registry', ['serve', config], { stdio: ['ignore', 'ignore', 'pipe'] })
  const problem = await started(child, host).catch((error: Error) => error)
  const close = async (): Promise<void> => {
    child.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  }
  if (problem instanceof Error) {
    await close()
    throw problem
  }
  const authFile = path.join(folder, 'auth.json')
  const auth = Buffer.from(`${username}:${password}`).toString('base64')
  await writeFile(authFile, JSON.stringify({ auths: { [host]: { auth } } }), { mode: 0o600 })
  return {
    host,
    ca: await readFile(path.join(folder, 'ca.crt'), 'utf8'),
    username,
    password,
    folder,
    async push(source, name, options = []) {
      const target = [source, `docker://${host}/${name}`]
      const trust = ['--dest-cert-dir', path.join(folder, 'trust'), '--dest-authfile', authFile]
      await mustExec(exec, 'skopeo', [
        '--insecure-policy',
        'copy',
        '--quiet',
        ...trust,
        ...options,
        ...target,
      ])
    },
    [Symbol.asyncDispose]: close,
  }
}

function configuration(folder: string, host: string): unknown {
  return {
    version: 0.1,
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: path.join(folder, 'data') } },
    http: {
      addr: host,
      secret: 'of this run only',
      tls: { certificate: path.join(folder, 'server.crt'), key: path.join(folder, 'server.key') },
    },
    auth: { htpasswd: { realm: 'edgelift tests', path: path.join(folder, 'htpasswd') } },
    compatibility: { schema1: { enabled: true } },
  }
}

/** An authority (`ca.crt`), a server's certificate for 127.0.0.1, and `trust/` as skopeo reads it. */
async function makeCertificates(folder: string): Promise<void> {
  const run = (...args: string[]): Promise<string> => mustExec(exec, 'openssl', args, { cwd: folder })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  await run(
    ...['req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '2'],
    '-subj',
    '/CN=test CA',
  )
  await run(...['req', ...key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=registry'])
  await writeFile(path.join(folder, 'san.cnf'), 'subjectAltName=IP:127.0.0.1\n')
  await run(
    ...['x509', '-req', '-in', 'server.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'],
    ...['-days', '2', '-extfile', 'san.cnf', '-out', 'server.crt'],
  )
  await mkdir(path.join(folder, 'trust'))
  await copyFile(path.join(folder, 'ca.crt'), path.join(folder, 'trust', 'ca.crt'))
}

/** Any answer will do: it is up when it speaks TLS. */
async function started(child: ChildProcess, host: string): Promise<void> {
  let said = ''
  let gone: string | undefined
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  child.on('error', (error) => {
    gone = error.message
  })
  child.on('exit', (code) => {
    gone = `it ended with code ${code}`
  })
  const [address = '', port = ''] = host.split(':')
  for (let attempt = 0; attempt < 200; attempt++) {
    if (gone !== undefined) throw new Error(`docker-registry does not run: ${gone}\n${said}`)
    const probe = await exec('openssl', ['s_client', '-connect', `${address}:${port}`], { input: '' })
    if (probe.stdout.includes('BEGIN CERTIFICATE')) return
    await sleep(50)
  }
  throw new Error(`docker-registry does not answer\n${said}`)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
