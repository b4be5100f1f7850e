import { expect, it } from 'vitest'
import { fullName } from './image-name.ts'

const DIGEST = `sha256:${'a'.repeat(64)}`

it.each([
  ['busybox', 'docker.io/library/busybox:latest'],
  ['busybox:1.36', 'docker.io/library/busybox:1.36'],
  ['kubeedge/x:v1', 'docker.io/kubeedge/x:v1'],
  ['docker.io/busybox:1', 'docker.io/library/busybox:1'],
  ['index.docker.io/kubeedge/x:v1', 'docker.io/kubeedge/x:v1'],
  ['docker.io/kubeedge/x:v1', 'docker.io/kubeedge/x:v1'],
  ['localhost/x', 'localhost/x:latest'],
  ['localhost:5000/a/x', 'localhost:5000/a/x:latest'],
  ['registry.plant.example:5000/x:v1', 'registry.plant.example:5000/x:v1'],
  [`busybox@${DIGEST}`, `docker.io/library/busybox@${DIGEST}`],
  [`quay.io/x:v1@${DIGEST}`, `quay.io/x@${DIGEST}`],
])('a pod’s %s is %s in containerd', (image, name) => {
  expect(fullName(image)).toBe(name)
})
