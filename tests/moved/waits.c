/* Loaded before libfaketime, whose epoll_wait shows the real clock to a signal handler that comes
   meanwhile: PostgreSQL's time-outs, looked at there, would be due in months. This one asks the
   kernel and nobody else. */
struct epoll_event;
extern long syscall(long number, ...);

#if defined(__aarch64__)
enum { EPOLL_PWAIT = 22 };
#else
enum { EPOLL_PWAIT = 281 };
#endif

int epoll_wait(int queue, struct epoll_event *events, int most, int milliseconds)
{
    return (int) syscall(EPOLL_PWAIT, queue, events, most, milliseconds, 0, 8);
}
