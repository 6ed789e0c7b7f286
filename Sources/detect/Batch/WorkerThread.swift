#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A thread that runs one closure.
struct WorkerThread {
  /// The decoders and detectors keep their data on the heap.
  private static let stackByteCount = 2 << 20

  #if canImport(Glibc)
    private var handle = pthread_t()
  #else
    private var handle: pthread_t?
  #endif

  /// - Throws: Exit 70 when the system gives no more threads.
  init(_ body: @escaping @Sendable () -> Void) throws {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, Self.stackByteCount)
    let work = Unmanaged.passRetained(Work(body))
    let code = pthread_create(
      &handle, &attributes,
      { pointer in
        #if canImport(Darwin)
          let work = Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue()
        #else
          let work = Unmanaged<Work>.fromOpaque(pointer!).takeRetainedValue()
        #endif
        work.body()
        return nil
      }, work.toOpaque())
    guard code == 0 else {
      work.release()
      throw CommandFailure(.internal, "cannot start a thread: \(String(cString: strerror(code)))")
    }
  }

  /// Waits for the end of the closure.
  func join() {
    #if canImport(Glibc)
      pthread_join(handle, nil)
    #else
      if let handle { pthread_join(handle, nil) }
    #endif
  }

  private final class Work {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
}
