import { expect, it } from 'vitest'
import { imageFileName, k3sPath, LAUNCHERS, PATHS, UNLISTED } from './paths.ts'
import { isSafePath } from './safe-path.ts'

it.each([
  ['docker.io/library/eclipse-mosquitto:1.6.15', 'eclipse-mosquitto-1.6.15.tar'],
  ['docker.io/kubeedge/cloudcore:v1.22.0', 'docker.io-kubeedge-cloudcore-v1.22.0.tar'],
  ['registry.k8s.io/pause:3.10', 'registry.k8s.io-pause-3.10.tar'],
  ['registry.example:5000/a/b:1', 'registry.example-5000-a-b-1.tar'],
  ['quay.io/docker.io/library/x:1', 'quay.io-docker.io-library-x-1.tar'],
  ['docker.io/library/x@sha256:0', 'x-sha256-0.tar'],
])('the file of the image %s is %s', (reference, file) => {
  expect(imageFileName(reference)).toBe(file)
  expect(isSafePath(file)).toBe(true)
})

it('names no path twice, and none that may not stand in an archive', () => {
  const paths = Object.values(PATHS)
  expect(new Set(paths).size).toBe(paths.length)
  expect(paths.filter((path) => !isSafePath(path))).toEqual([])
  expect(k3sPath('arm64')).toBe('k3s-arm64')
})

it('knows what is run, and what the manifest cannot list', () => {
  expect(LAUNCHERS).toEqual(['edgelift', 'install.sh', 'install-kubeedge-only.sh', 'cleanup.sh'])
  expect([...UNLISTED]).toEqual(['manifest.json', 'SHA256SUMS', 'SHA256SUMS.minisig'])
})
