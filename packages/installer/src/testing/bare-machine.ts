const UNITS = ['k3s', 'k3s-agent', 'kubelet', 'containerd', 'docker', 'edgecore', 'cloudcore']

/** What preflight asks systemd for. */
export const ASK_UNITS = 'systemctl show -p Id,LoadState,ActiveState,UnitFileState'
/** What systemd says of units that are not there. */
export const NO_UNITS = UNITS.map(
  (unit) => `Id=${unit}.service\nLoadState=not-found\nActiveState=inactive\nUnitFileState=\n`,
).join('\n')
