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
    // Without scratch memory there is none to run out of.
    _ = step(jobs: jobs, scratchByteCount: 0) { job, _ in body(job) }
  }

  /// As `run(jobs:_:)`, with working memory for the thread that runs a job.
  ///
  /// - Parameter body: Gets the job and memory of `scratchByteCount` bytes, aligned to 64, contents
  ///   undefined.
  /// - Throws: `GraphError.outOfMemory` when there is no such memory; then no job has run.
  package func run(
    jobs: Int, scratchByteCount: Int, _ body: @Sendable (Int, UnsafeMutableRawPointer) -> Void
  ) throws {
    let done = step(jobs: jobs, scratchByteCount: scratchByteCount) { job, scratch in
      if let scratch { body(job, scratch) }
    }
    guard done else { throw GraphError.outOfMemory(byteCount: scratchByteCount) }
  }

  private func step(
    jobs: Int, scratchByteCount: Int, _ body: @Sendable (Int, UnsafeMutableRawPointer?) -> Void
  ) -> Bool {
    guard jobs > 0 else { return true }
    return withoutActuallyEscaping(body) { body in
      let work = Work(body)
      var step = ck_step(
        run: { step, job, _ in
          guard let data = step?.pointee.data else { return }
          Unmanaged<Work>.fromOpaque(data).takeUnretainedValue().body(Int(job), ck_scratch())
        }, data: Unmanaged.passUnretained(work).toOpaque(), jobs: Int32(clamping: jobs),
        scratch: scratchByteCount)
      return withExtendedLifetime(work) { ck_pool_run(pool, &step, 1, nil) != 0 }
    }
  }

  private final class Work {
    let body: @Sendable (Int, UnsafeMutableRawPointer?) -> Void

    init(_ body: @escaping @Sendable (Int, UnsafeMutableRawPointer?) -> Void) { self.body = body }
  }
}
