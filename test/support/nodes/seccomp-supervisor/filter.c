#include "supervisor.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#else
#error "this machine's architecture is not known here"
#endif

#define CALL(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
// The low half of an argument: both architectures are little-endian.
#define ARGUMENT(n) CALL(args[n])
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, what)
#define ASK RETURN(SECCOMP_RET_USER_NOTIF)
#define ALLOW RETURN(SECCOMP_RET_ALLOW)
#define UNLESS_CALL(nr, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, skip)

// Whole system calls that are asked about.
#define ASK_ABOUT(nr) UNLESS_CALL(nr, 1), ASK
// Asked about when an argument has one of these bits.
#define ASK_IF_BITS(nr, n, bits) \
  UNLESS_CALL(nr, 4), ARGUMENT(n), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1), ASK, ALLOW
// Asked about when an argument is one of two values.
#define ASK_IF_EITHER(nr, n, one, other)                                              \
  UNLESS_CALL(nr, 5), ARGUMENT(n), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, one, 1, 0), \
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, other, 0, 1), ASK, ALLOW

// The machine's clock is not the node's to set.
#define REFUSE(nr) UNLESS_CALL(nr, 1), RETURN(SECCOMP_RET_ERRNO | 1)

#define FOR_WRITING 3          // O_WRONLY | O_RDWR
#define ANY_POINTER 0xfffffff0 // of an address that is there
#define SET_FS 0x1002          // arch_prctl(ARCH_SET_FS): every program's first steps on amd64, before its own code

int install_filter(const struct rules *rules) {
  (void)rules;
  struct sock_filter code[] = {
      CALL(arch),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0),
      ALLOW,
      CALL(nr),
      ASK_IF_BITS(__NR_openat, 2, FOR_WRITING),
      ASK_ABOUT(__NR_openat2),
      ASK_IF_BITS(__NR_prlimit64, 2, ANY_POINTER),
      ASK_ABOUT(__NR_connect),
      ASK_IF_BITS(__NR_sendto, 4, ANY_POINTER),
      ASK_IF_EITHER(__NR_clock_gettime, 0, CLOCK_REALTIME, CLOCK_REALTIME_COARSE),
      ASK_ABOUT(__NR_gettimeofday),
      REFUSE(__NR_clock_settime),
      REFUSE(__NR_settimeofday),
#ifdef __x86_64__
      ASK_IF_BITS(__NR_open, 1, FOR_WRITING),
      ASK_ABOUT(__NR_setrlimit),
      ASK_ABOUT(__NR_time),
      ASK_IF_EITHER(__NR_arch_prctl, 0, SET_FS, SET_FS),
#endif
      ALLOW,
  };
  struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
  // Root may install a filter without "no new privileges", which would take sudo and ping away from the node.
  return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}
