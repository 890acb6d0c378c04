// librdkafka's threads, as the thread sanitizer can see them. It makes and orders them with C11's
// functions, which GCC's sanitizer does not know: a thread that it did not see begin has no state
// there, and ends the program at its first access. Here they are POSIX's, which it knows.
//
// Only in the sanitizer's build. glibc's types of both are the same in size and layout.

#if defined(__SANITIZE_THREAD__)

#include <pthread.h>
#include <threads.h>

#include <cerrno>
#include <cstdint>
#include <memory>

namespace {

struct Beginning {
  thrd_start_t run;
  void* with;
};

void* begin(void* beginning) {
  const std::unique_ptr<Beginning> own(static_cast<Beginning*>(beginning));
  return reinterpret_cast<void*>(static_cast<std::intptr_t>(own->run(own->with)));
}

int told(int error) {
  switch (error) {
    case 0:
      return thrd_success;
    case ENOMEM:
      return thrd_nomem;
    case ETIMEDOUT:
      return thrd_timedout;
    case EBUSY:
      return thrd_busy;
    default:
      return thrd_error;
  }
}

pthread_mutex_t* posix(mtx_t* mutex) {
  return reinterpret_cast<pthread_mutex_t*>(mutex);
}
pthread_cond_t* posix(cnd_t* condition) {
  return reinterpret_cast<pthread_cond_t*>(condition);
}

}  // namespace

extern "C" {

int thrd_create(thrd_t* thread, thrd_start_t run, void* with) {
  auto beginning = std::make_unique<Beginning>(run, with);
  const int error = pthread_create(thread, nullptr, begin, beginning.get());
  if (error == 0) static_cast<void>(beginning.release());
  return told(error);
}
int thrd_join(thrd_t thread, int* result) {
  void* returned = nullptr;
  const int error = pthread_join(thread, &returned);
  if (result != nullptr) *result = static_cast<int>(reinterpret_cast<std::intptr_t>(returned));
  return told(error);
}
int thrd_detach(thrd_t thread) {
  return told(pthread_detach(thread));
}

int mtx_init(mtx_t* mutex, int type) {
  pthread_mutexattr_t kind;
  pthread_mutexattr_init(&kind);
  if ((type & mtx_recursive) != 0) pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
  const int error = pthread_mutex_init(posix(mutex), &kind);
  pthread_mutexattr_destroy(&kind);
  return told(error);
}
void mtx_destroy(mtx_t* mutex) {
  pthread_mutex_destroy(posix(mutex));
}
int mtx_lock(mtx_t* mutex) {
  return told(pthread_mutex_lock(posix(mutex)));
}
int mtx_trylock(mtx_t* mutex) {
  return told(pthread_mutex_trylock(posix(mutex)));
}
int mtx_unlock(mtx_t* mutex) {
  return told(pthread_mutex_unlock(posix(mutex)));
}

int cnd_init(cnd_t* condition) {
  return told(pthread_cond_init(posix(condition), nullptr));
}
void cnd_destroy(cnd_t* condition) {
  pthread_cond_destroy(posix(condition));
}
int cnd_signal(cnd_t* condition) {
  return told(pthread_cond_signal(posix(condition)));
}
int cnd_broadcast(cnd_t* condition) {
  return told(pthread_cond_broadcast(posix(condition)));
}
int cnd_wait(cnd_t* condition, mtx_t* mutex) {
  return told(pthread_cond_wait(posix(condition), posix(mutex)));
}
int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
  return told(pthread_cond_timedwait(posix(condition), posix(mutex), until));
}

}  // extern "C"

#endif
