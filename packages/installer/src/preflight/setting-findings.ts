import { shellWord } from '@edgelift/core'
import {
  newPskFix,
  othersPskFix,
  pskFix,
  type RefusedPsk,
  refusedPskSeen,
  WHO_KNOWS,
} from '../kubeedge/psk.ts'
import { canonicalAddress } from '../node/own-addresses.ts'
import { addressFindings } from './address-findings.ts'
import type { PreflightContext } from './context.ts'
import type { Finding } from './finding.ts'
import { needed } from './setting-needed.ts'

/** What of the settings is missing, or cannot hold on this machine. Pure. */
export function settingFindings(context: PreflightContext): Finding[] {
  const { openFiles, openPsk, strangeVariables } = context
  return [
    ...options(context),
    ...cloudAddress(context),
    ...addressFindings(context),
    ...psk(context),
    ...openFiles.map(openFile),
    ...(openPsk === undefined ? [] : [openPskFile(openPsk)]),
    ...strangeVariables.map(strangeVariable),
  ]
}

function options({ manifest, settings }: PreflightContext): Finding[] {
  const known = manifest.options.map((option) => option.name).sort()
  return settings.options
    .filter((name) => !known.includes(name))
    .map((name) => ({
      code: 'OPTION_UNKNOWN',
      severity: 'error',
      seen: { en: `option "${name}" is not in this archive`, zh: `离线包中没有可选组件 "${name}"` },
      matters: { en: 'its images are not in the archive', zh: '离线时无法拉取其镜像' },
      fix: { en: `options are: ${known.join(', ')}`, zh: `可选组件：${known.join('、')}` },
    }))
}

function cloudAddress({ settings, facts }: PreflightContext): Finding[] {
  if (settings.role === 'cloud') return []
  if (settings.cloud === undefined) {
    return [
      needed({
        name: 'cloud',
        flag: '--cloud HOST',
        matters: { en: 'the edge joins the cloud at this address', zh: '边缘节点通过该地址加入云端' },
      }),
    ]
  }
  const own = facts.addresses.map(canonicalAddress)
  if (!own.includes(canonicalAddress(settings.cloud.host))) return []
  return [
    {
      code: 'CLOUD_IS_SELF',
      severity: 'error',
      seen: {
        en: `cloud is ${settings.cloud.host}, an address of this machine`,
        zh: `cloud 为 ${settings.cloud.host}，是本机自身的地址`,
      },
      matters: {
        en: 'the edge node and its cloud must be different machines',
        zh: '边缘节点与云端应是两台机器',
      },
      fix: { en: 'set cloud to the address of the cloud node', zh: '请填写云端节点的地址' },
    },
  ]
}

function psk({ psk: found, settings, directory }: PreflightContext): Finding[] {
  if (found.state === 'refused') return [refusedPsk(found, directory)]
  if (found.state !== 'unusable') return []
  return [
    {
      code: 'PSK_UNUSABLE',
      severity: 'error',
      seen: {
        en: `cannot use the PSK in ${found.file}: ${found.why.en}`,
        zh: `${found.file} 不能用作 EdgeMesh 密钥：${found.why.zh}`,
      },
      matters: WHO_KNOWS,
      fix: pskFix(settings.role === 'cloud' ? settings.pskFile : undefined),
    },
  ]
}

/** A release that others installed keeps its key: edgelift writes it nowhere, and gives it to nothing of its own. */
function refusedPsk(psk: RefusedPsk, directory: string): Finding {
  const { ours, takers } = psk
  const others = takers.join(', ')
  return {
    code: 'PSK_UNUSABLE',
    severity: takers.length > 0 ? 'error' : 'warning',
    seen: refusedPskSeen(psk),
    matters:
      ours || takers.length === 0
        ? WHO_KNOWS
        : {
            en: `${WHO_KNOWS.en}; ${others} would need the same one`,
            zh: `${WHO_KNOWS.zh}；${others} 也须使用同一密钥`,
          },
    fix: ours ? newPskFix(directory) : othersPskFix(psk),
  }
}

function openFile(file: string): Finding {
  return {
    code: 'ANSWER_FILE_OPEN',
    severity: 'warning',
    seen: {
      en: `other users can read ${file}, which contains the join token`,
      zh: `${file} 含有接入令牌，且可被其他用户读取`,
    },
    matters: {
      en: 'anyone who has the token can join a node until it expires',
      zh: '在令牌有效期内，任何持有者都可将节点加入集群',
    },
    fix: {
      en: `chown root: ${shellWord(file)} && chmod 600 ${shellWord(file)}`,
      zh: `执行 chown root: ${shellWord(file)} && chmod 600 ${shellWord(file)}`,
    },
  }
}

function openPskFile(file: string): Finding {
  return {
    code: 'PSK_FILE_OPEN',
    severity: 'warning',
    seen: {
      en: `other users can read or change ${file}, which contains EdgeMesh's pre-shared key`,
      zh: `${file} 含有 EdgeMesh 预共享密钥，且可被其他用户读取或修改`,
    },
    matters: WHO_KNOWS,
    fix: {
      en: `chown root: ${shellWord(file)} && chmod 600 ${shellWord(file)}`,
      zh: `执行 chown root: ${shellWord(file)} && chmod 600 ${shellWord(file)}`,
    },
  }
}

function strangeVariable(name: string): Finding {
  return {
    code: 'VARIABLE_UNKNOWN',
    severity: 'warning',
    seen: { en: `${name} is set, but there is no such setting`, zh: `设置了 ${name}，但没有这个安装参数` },
    matters: { en: 'it has no effect', zh: '它不会起作用' },
    fix: {
      en: './install.sh --help lists the settings: --node-ip is EDGELIFT_NODE_IP',
      zh: './install.sh --help 列出了全部安装参数：--node-ip 对应 EDGELIFT_NODE_IP',
    },
  }
}
