#include "supervisor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define BILLION 1000000000LL

struct call {
  int listener;
  struct seccomp_notif request;
  struct seccomp_notif_resp response;
};

static ssize_t get(pid_t pid, uint64_t address, void *into, size_t size) {
  struct iovec mine = {into, size}, theirs = {(void *)address, size};
  return process_vm_readv(pid, &mine, 1, &theirs, 1, 0);
}

static bool put(pid_t pid, uint64_t address, void *from, size_t size) {
  struct iovec mine = {from, size}, theirs = {(void *)address, size};
  return process_vm_writev(pid, &mine, 1, &theirs, 1, 0) == (ssize_t)size;
}

static void let_go_on(struct call *call) { call->response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE; }

// A string may end just before a page that cannot be read: never read over the end of a page.
static void get_string(pid_t pid, uint64_t address, char *into, size_t size) {
  size_t have = 0;
  while (have < size - 1) {
    size_t part = 4096 - (address + have) % 4096;
    if (part > size - 1 - have) part = size - 1 - have;
    ssize_t got = get(pid, address + have, into + have, part);
    if (got <= 0) break;
    if (memchr(into + have, 0, (size_t)got)) return;
    have += (size_t)got;
  }
  into[have] = 0;
}

// Lowering the score needs CAP_SYS_RESOURCE: whoever opens the file to write gets one that swallows it.
static bool open_score(struct call *call, uint64_t path_at, uint64_t flags) {
  static const char file[] = "oom_score_adj";
  char path[256] = {0};
  get_string((pid_t)call->request.pid, path_at, path, sizeof path);
  size_t length = strlen(path), name = sizeof file - 1;
  if (length < name || strcmp(path + length - name, file) != 0) return false;
  int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
  struct seccomp_notif_addfd answer = {
      .id = call->request.id, .flags = SECCOMP_ADDFD_FLAG_SEND, .srcfd = (uint32_t)fd, .newfd_flags = flags & O_CLOEXEC};
  bool done = ioctl(call->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &answer) >= 0;
  close(fd);
  return done;
}

// What exceeds the hard limit is granted as far as it goes, and reported as granted.
static void set_limit(struct call *call, int resource, uint64_t wanted_at, uint64_t old_at) {
  pid_t pid = (pid_t)call->request.pid;
  struct rlimit64 wanted, now;
  if (get(pid, wanted_at, &wanted, sizeof wanted) != sizeof wanted ||
      syscall(SYS_prlimit64, pid, resource, NULL, &now) != 0 || wanted.rlim_max <= now.rlim_max ||
      wanted.rlim_cur > wanted.rlim_max) {
    let_go_on(call);
    return;
  }
  wanted.rlim_max = now.rlim_max;
  if (wanted.rlim_cur > now.rlim_max) wanted.rlim_cur = now.rlim_max;
  syscall(SYS_prlimit64, pid, resource, &wanted, NULL);
  if (old_at != 0) put(pid, old_at, &now, sizeof now);
}

static int socket_type(pid_t pid, int fd) {
  int type = 0;
  socklen_t size = sizeof type;
  int process = (int)syscall(SYS_pidfd_open, pid, 0);
  int copy = process < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, process, fd, 0);
  if (copy >= 0) getsockopt(copy, SOL_SOCKET, SO_TYPE, &type, &size);
  if (copy >= 0) close(copy);
  if (process >= 0) close(process);
  return type;
}

static bool has_route(pid_t pid, const struct sockaddr *to, socklen_t size) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/ns/net", pid);
  int space = open(path, O_RDONLY | O_CLOEXEC);
  if (space < 0) return true;
  bool entered = setns(space, CLONE_NEWNET) == 0;
  close(space);
  if (!entered) return true;
  int probe = socket(to->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return true;
  // Connecting a datagram socket only looks the route up; nothing is sent.
  bool found = connect(probe, to, size) == 0 || (errno != ENETUNREACH && errno != EHOSTUNREACH);
  close(probe);
  return found;
}

// A connection for which the node has no route never becomes a packet: it can only be seen here.
static void note_destination(struct call *call, int fd, uint64_t address_at, uint64_t size, int routes) {
  pid_t pid = (pid_t)call->request.pid;
  union { struct sockaddr any; struct sockaddr_in v4; struct sockaddr_in6 v6; char room[128]; } to = {0};
  if (size > sizeof to) size = sizeof to;
  if (get(pid, address_at, &to, size) != (ssize_t)size) return;
  bool v4 = to.any.sa_family == AF_INET && size >= sizeof to.v4;
  if (!v4 && !(to.any.sa_family == AF_INET6 && size >= 24)) return;
  if (has_route(pid, &to.any, (socklen_t)size)) return;
  char text[INET6_ADDRSTRLEN], name[64] = {0}, path[64];
  inet_ntop(to.any.sa_family, v4 ? (void *)&to.v4.sin_addr : (void *)&to.v6.sin6_addr, text, sizeof text);
  snprintf(path, sizeof path, "/proc/%d/comm", pid);
  int comm = open(path, O_RDONLY | O_CLOEXEC);
  if (comm >= 0) {
    ssize_t length = read(comm, name, sizeof name - 1);
    if (length > 0) name[length - 1] = 0;
    close(comm);
  }
  const char *protocol = socket_type(pid, fd) == SOCK_STREAM ? "tcp" : "udp";
  dprintf(routes, "%s %s %d %s\n", protocol, text, ntohs(v4 ? to.v4.sin_port : to.v6.sin6_port), name);
}

static struct timespec node_time(const int64_t *clock) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  int64_t sum = now.tv_sec * BILLION + now.tv_nsec + *clock;
  return (struct timespec){.tv_sec = sum / BILLION, .tv_nsec = sum % BILLION};
}

static void tell_time(struct call *call, const int64_t *clock) {
  const struct seccomp_data *asked = &call->request.data;
  pid_t pid = (pid_t)call->request.pid;
  struct timespec now = node_time(clock);
  bool done = true;
  if (asked->nr == __NR_clock_gettime) {
    done = put(pid, asked->args[1], &now, sizeof now);
  } else if (asked->nr == __NR_gettimeofday) {
    struct timeval value = {.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
    done = asked->args[0] == 0 || put(pid, asked->args[0], &value, sizeof value);
  } else {
    done = asked->args[0] == 0 || put(pid, asked->args[0], &now.tv_sec, sizeof now.tv_sec);
    call->response.val = now.tv_sec;
  }
  if (!done) call->response.error = -EFAULT;
}

static bool is_clock(int nr) {
#ifdef __x86_64__
  if (nr == __NR_time) return true;
#endif
  return nr == __NR_clock_gettime || nr == __NR_gettimeofday;
}

// Returns whether an answer is left to be sent.
static bool judge(struct call *call, const struct rules *rules) {
  const struct seccomp_data *asked = &call->request.data;
  const __u64 *arg = asked->args;
  if (is_clock(asked->nr) && rules->clock != NULL && *rules->clock != 0) {
    tell_time(call, rules->clock);
    return true;
  }
  switch (asked->nr) {
    case __NR_openat:
      if (rules->limits && open_score(call, arg[1], arg[2])) return false;
      break;
    case __NR_openat2:
      if (rules->limits && open_score(call, arg[1], O_CLOEXEC)) return false;
      break;
    case __NR_prlimit64:
      if (!rules->limits || arg[0] != 0) break;
      set_limit(call, (int)arg[1], arg[2], arg[3]);
      return true;
    case __NR_connect:
      if (rules->routes >= 0) note_destination(call, (int)arg[0], arg[1], arg[2], rules->routes);
      break;
    case __NR_sendto:
      if (rules->routes >= 0) note_destination(call, (int)arg[0], arg[4], arg[5], rules->routes);
      break;
#ifdef __x86_64__
    case __NR_open:
      if (rules->limits && open_score(call, arg[0], arg[1])) return false;
      break;
    case __NR_setrlimit:
      if (!rules->limits) break;
      set_limit(call, (int)arg[0], arg[1], 0);
      return true;
    case __NR_arch_prctl:
      if (rules->clock != NULL && *rules->clock != 0) reach_clock((pid_t)call->request.pid);
      break;
#endif
  }
  let_go_on(call);
  return true;
}

void answer(int listener, const struct rules *rules) {
  struct pollfd wait = {.fd = listener, .events = POLLIN};
  for (;;) {
    if (poll(&wait, 1, -1) < 0 && errno != EINTR) return;
    if (wait.revents & POLLIN) {
      struct call call = {.listener = listener};
      // A caller that was killed meanwhile: nobody waits for the answer.
      if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call.request) != 0) continue;
      call.response.id = call.request.id;
      if (judge(&call, rules)) ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &call.response);
    } else if (wait.revents & (POLLHUP | POLLERR)) {
      return;
    }
  }
}
