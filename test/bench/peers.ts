import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import { testCache } from '../support/kubernetes/parts.ts'
import { once } from '../support/nodes/cache.ts'

const CRANE = 'github.com/google/go-containerregistry/cmd/crane@v0.20.6'

/** The path of crane; built from its Go module the first time. */
export async function crane(): Promise<string> {
  const folder = path.join(testCache(), 'bench', `crane-${CRANE.slice(CRANE.indexOf('@') + 1)}`)
  const program = path.join(folder, 'crane')
  await once(folder, async (temporary) => {
    process.stderr.write(`building ${CRANE} ...\n`)
    await mustExec(exec, 'env', [`GOBIN=${temporary}`, 'CGO_ENABLED=0', 'go', 'install', '-trimpath', CRANE])
  })
  return program
}

/** Pulls images into one folder of OCI layout, as `crane pull --format=oci` does. */
export async function cranePull(
  program: string,
  host: string,
  images: readonly string[],
  into: string,
): Promise<void> {
  const options = ['--insecure', '--platform', 'linux/amd64', '--format=oci']
  await mustExec(exec, program, ['pull', ...options, ...images.map((image) => `${host}/${image}`), into])
}

/** Copies images with Debian's skopeo into one folder. @throws when it is not installed: `apt-get install skopeo` */
export async function skopeoCopy(host: string, images: readonly string[], into: string): Promise<void> {
  for (const [number, image] of images.entries()) {
    const options = ['--override-os', 'linux', '--override-arch', 'amd64', '--src-tls-verify=false']
    const target = `oci:${into}:image-${number}`
    await mustExec(exec, 'skopeo', [
      'copy',
      '-q',
      '--insecure-policy',
      ...options,
      `docker://${host}/${image}`,
      target,
    ])
  }
}
