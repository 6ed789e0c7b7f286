internal import CKernels

/// Threads that share the work of networks and of other loops, one run at a time.
package final class WorkerPool {
  let pool: OpaquePointer

  /// - Parameter count: Clamped to what the kernels allow; the caller's thread is one of them.
  /// - Throws: `GraphError.outOfMemory` when the threads cannot be had.
  package init(threads count: Int) throws {
    guard let pool = ck_pool_create(Int32(clamping: count)) else {
      throw GraphError.outOfMemory(byteCount: 0)
    }
    self.pool = pool
  }

  deinit { ck_pool_destroy(pool) }

  package var threads: Int { Int(ck_pool_threads(pool)) }

  /// Runs `body(job)` for every job in `0..<jobs`, on all threads; returns when all are done.
  ///
  /// Jobs run in no particular order, several at once: each may only write what no other touches.
  package func run(jobs: Int, _ body: @Sendable (Int) -> Void) {
    guard jobs > 0 else { return }
    withoutActuallyEscaping(body) { body in
      let work = Work(body)
      var step = ck_step(
        run: { step, job, _ in
          guard let data = step?.pointee.data else { return }
          Unmanaged<Work>.fromOpaque(data).takeUnretainedValue().body(Int(job))
        }, data: Unmanaged.passUnretained(work).toOpaque(), jobs: Int32(clamping: jobs), scratch: 0)
      withExtendedLifetime(work) { _ = ck_pool_run(pool, &step, 1, nil) }
    }
  }

  private final class Work {
    let body: @Sendable (Int) -> Void

    init(_ body: @escaping @Sendable (Int) -> Void) { self.body = body }
  }
}
