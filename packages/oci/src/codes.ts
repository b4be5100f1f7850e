import { type CodeTable, EXIT, failures, type Text } from '@edgelift/core'

/** The errors of this package. */
export const ociCodes = {
  REFERENCE_INVALID: {
    exit: EXIT.usage,
    title: { en: 'Not an image reference', zh: '镜像引用无效' },
  },
  PLATFORM_INVALID: {
    exit: EXIT.usage,
    title: { en: 'Not a platform', zh: '平台写法无效' },
  },
  PLATFORM_ABSENT: {
    exit: EXIT.failed,
    title: { en: 'The image does not exist for this platform', zh: '镜像没有所需平台' },
  },
  PLATFORM_MISMATCH: {
    exit: EXIT.integrity,
    title: { en: 'The image is built for another platform than it says', zh: '镜像的实际平台与声明不符' },
  },
  MEDIA_TYPE_REFUSED: {
    exit: EXIT.failed,
    title: { en: 'The kind of image or layer is not accepted', zh: '不接受的镜像或层类型' },
  },
  REGISTRY_UNAUTHORIZED: {
    exit: EXIT.failed,
    title: { en: 'The registry denied access', zh: '镜像仓库拒绝访问' },
  },
  REGISTRY_NOT_FOUND: {
    exit: EXIT.failed,
    title: { en: 'The registry does not have the image', zh: '镜像仓库中不存在' },
  },
  REGISTRY_ANSWER_INVALID: {
    exit: EXIT.failed,
    title: { en: 'The response does not follow the registry protocol', zh: '响应不符合镜像仓库协议' },
  },
  TRANSFER_FAILED: {
    exit: EXIT.failed,
    title: { en: 'A transfer failed after several attempts', zh: '传输最终失败' },
  },
  SOURCE_NOT_FOUND: {
    exit: EXIT.failed,
    title: { en: 'The server does not have the file', zh: '服务器上没有该文件' },
  },
  SOURCE_REFUSED: {
    exit: EXIT.failed,
    title: { en: 'The server refuses the request', zh: '服务器拒绝请求' },
  },
  TLS_UNTRUSTED: {
    exit: EXIT.failed,
    title: { en: 'The TLS connection to a server cannot be trusted', zh: '与服务器的 TLS 连接不可信' },
  },
  PLAIN_HTTP_REFUSED: {
    exit: EXIT.failed,
    title: { en: 'Plain HTTP is not allowed for this host', zh: '未经允许的明文 HTTP 访问' },
  },
  PROXY_INVALID: {
    exit: EXIT.usage,
    title: { en: 'A proxy variable does not name a usable proxy', zh: '代理变量的值不可用' },
  },
  CREDENTIALS_INVALID: {
    exit: EXIT.failed,
    title: { en: 'Registry credentials cannot be read', zh: '无法读取镜像仓库凭据' },
  },
  STORE_BLOB_MISSING: {
    exit: EXIT.failed,
    title: { en: 'A blob is not in the store', zh: '内容存储中缺少数据块' },
  },
  STORE_BLOB_DAMAGED: {
    exit: EXIT.integrity,
    title: { en: 'A blob in the store is damaged', zh: '内容存储中的数据块已损坏' },
  },
  STORE_UNUSABLE: {
    exit: EXIT.failed,
    title: { en: 'The store cannot be used', zh: '内容存储无法使用' },
  },
  CONTENT_TOO_LARGE: {
    exit: EXIT.integrity,
    title: { en: 'More bytes or entries than are accepted', zh: '内容超出允许的大小' },
  },
  IMAGE_TAR_INVALID: {
    exit: EXIT.integrity,
    title: { en: 'Not an image file as edgelift writes it', zh: '镜像文件格式不符' },
  },
  LAYER_INVALID: {
    exit: EXIT.integrity,
    title: { en: 'containerd would refuse a layer of an image', zh: 'containerd 会拒绝镜像中的某一层' },
  },
  TAR_INVALID: {
    exit: EXIT.integrity,
    title: { en: 'A tar file or layer that is not accepted', zh: '不接受的 tar 文件或镜像层' },
  },
  TAR_MEMBER_MISSING: {
    exit: EXIT.failed,
    title: { en: 'A file is not in the tar file or image', zh: 'tar 文件或镜像中缺少文件' },
  },
} as const satisfies CodeTable

export const fail = failures(ociCodes)

/** What to do about content that is larger than anything that belongs into an archive. */
export const BEYOND_LIMIT: Text = {
  en: 'check that it is the right one: nothing beyond this limit can be packed',
  zh: '请检查是否选对了内容：超过该上限的内容无法打包',
}
