import { expect, it } from 'vitest'
import { lastError, lastWords } from './last-words.ts'

it('finds the last fatal line, whatever systemd and the program say after it', () => {
  const k3s = `time="2026-11-28T03:00:00Z" level=info msg="Starting k3s"
time="2026-11-28T03:00:01Z" level=fatal msg="extracting data: open \\"/var/lib/x\\": no space left on device"
k3s.service: Main process exited, code=exited, status=1/FAILURE
k3s.service: Failed with result 'exit-code'.
k3s.service: Scheduled restart job, restart counter is at 3.
Stopped k3s.service - Lightweight Kubernetes.
Starting k3s.service - Lightweight Kubernetes...
modprobe: FATAL: Module overlay not found in directory /lib/modules/6.1.0`
  expect(lastWords(k3s)).toBe('extracting data: open "/var/lib/x": no space left on device')
  const edgecore = `E1128 03:00:00.000000    77 websocket.go:51] Init websocket connection failed dial tcp 10.77.0.1:10000: connect: connection refused
panic: failed to get CA certificate, err: connection refused

goroutine 1 [running]:
main.main()
	/root/edgecore.go:23 +0x1d`
  expect(lastWords(edgecore)).toBe('panic: failed to get CA certificate, err: connection refused')
  const klog =
    'F1128 03:00:00.000000    77 csi_plugin.go:319] Failed to initialize CSINode after retrying: timed out'
  expect(lastWords(klog)).toBe('Failed to initialize CSINode after retrying: timed out')
})

it('falls back to the last error, and to nothing where none was logged', () => {
  const log = `E1128 03:00:00.000000    77 message.go:12] timeout to get response for message ab
I1128 03:00:00.000000    77 server.go:12] still here`
  expect(lastWords(log)).toBe('timeout to get response for message ab')
  expect(lastError('I1128 03:00:00.000000    77 server.go:12] starting')).toBeUndefined()
})

it.each([
  ['agent.go:210] failed to process watch apps: map[]'],
  ['kubelet_node_status.go:390] "Node does not have NodeReady condition" originalNode="&Node{}"'],
  [
    'kubelet.go:2205] "Skipping pod synchronization" err="[PLEG is not healthy: pleg has yet to be successful]"',
  ],
  [
    'kubelet.go:1348] "Image garbage collection failed once. Stats initialization may not have completed yet"',
  ],
  ['log.go:32] "ContainerStatus from runtime service failed" err="rpc error: code = NotFound desc = x"'],
  ['edged.go:362] resType is not pod or configmap or secret or volume: resType is endpoints'],
  ['process.go:454] metamanager not supported operation: connect'],
  ["context_factory.go:171] message context for group doesn't exist, group name: bus"],
  ['summary_sys_containers.go:51] "Failed to get system container stats" err="failed to get cgroup stats"'],
  [
    `imitator.go:266] failed to unmarshal message content: Object 'Kind' is missing in '{"gracePeriodSeconds":0}'`,
  ],
  ['serviceaccount.go:112] query meta "edgemesh-agent"/"kubeedge"/[]string(nil)/3607 length error'],
  ['controller.go:145] "Failed to ensure lease exists, will retry" err="unmarshal message to lease failed"'],
  ['controller.go:195] "Failed to update lease" err="unmarshal message to lease failed"'],
  ['kubelet_node_status.go:466] "Error updating node status, will retry" err="failed to patch status"'],
  ['kubelet_node_status.go:453] "Unable to update node status" err="update node status exceeds retry count"'],
])('a reason is none of what EdgeCore logs when it is well, or when its cloud is away: %s', (words) => {
  const reason = 'Init websocket connection failed dial tcp 10.77.0.1:10000: connect: connection refused'
  const noise = `E1128 03:00:09.000000    77 ${words}`
  expect(lastError(`E1128 03:00:00.000000    77 websocket.go:51] ${reason}\n${noise}`)).toBe(reason)
  expect(lastWords(noise)).toBeUndefined()
})

it('a line of information or a warning is no error, whatever it speaks of', () => {
  const info =
    'I1128 03:00:00.000000    77 factory.go:219] Registration of the crio container factory failed: no such file'
  const warning = 'W1128 03:00:00.000000    77 process.go:240] process remote failed, err: not connected'
  expect(lastError(`${info}\n${warning}`)).toBeUndefined()
  expect(lastError('edgecore: error while loading shared libraries: libc.so.6')).toMatch(/loading shared/)
})
