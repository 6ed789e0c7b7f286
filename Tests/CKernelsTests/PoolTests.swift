import CKernels
import Testing

@Suite struct PoolTests {
  /// What a step's `data` points at: how often each of its jobs ran, and what the step before must
  /// have counted when a job of this one starts.
  struct StepData {
    var counts: UnsafeMutablePointer<Int32>
    var before: UnsafeMutablePointer<Int32>?
    var beforeCount: Int
    var beforeExpected: Int32
    var violations: UnsafeMutablePointer<Int32>
  }

  @Test(arguments: [1, 2, 3, 7])
  func everyJobRunsOnceAfterAllOfTheStepBefore(threads: Int) {
    let pool = ck_pool_create(Int32(threads))
    #expect(ck_pool_threads(pool) == Int32(threads))
    let jobs = [1, 5, 0, 64, 2, 1, 33]
    let counts = jobs.map { jobs in
      let counts = UnsafeMutablePointer<Int32>.allocate(capacity: jobs + 1)
      counts.initialize(repeating: 0, count: jobs + 1)
      return counts
    }
    let violations = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    violations.initialize(to: 0)
    defer {
      ck_pool_destroy(pool)
      for counts in counts { counts.deallocate() }
      violations.deallocate()
    }
    // Runs of different lengths in turn: a thread late out of one must not walk into the next.
    for run in 1...Int32(200) {
      let length = run.isMultiple(of: 2) ? jobs.count : 3
      let expected = jobs.indices.map { $0 < 3 ? run : run / 2 }
      let data = (0..<length).map { index in
        StepData(
          counts: counts[index], before: index > 0 ? counts[index - 1] : nil,
          beforeCount: index > 0 ? jobs[index - 1] : 0,
          beforeExpected: index > 0 ? expected[index - 1] : 0, violations: violations)
      }
      data.withUnsafeBufferPointer { data in
        let steps = (0..<length).map { index in
          ck_step(
            run: { step, job, _ in
              let data = step!.pointee.data.assumingMemoryBound(to: StepData.self).pointee
              for i in 0..<data.beforeCount where data.before![i] != data.beforeExpected {
                data.violations.pointee += 1
              }
              data.counts[Int(job)] += 1
            }, data: data.baseAddress! + index, jobs: Int32(jobs[index]), scratch: 0)
        }
        #expect(ck_pool_run(pool, steps, Int32(length), nil) == 1)
      }
      for (index, jobs) in jobs.enumerated() {
        for job in 0..<jobs where counts[index][job] != expected[index] {
          Issue.record("run \(run): job \(job) of step \(index) ran \(counts[index][job]) times")
        }
      }
    }
    #expect(violations.pointee == 0)
  }

  @Test func threadCountIsClamped() {
    for (asked, given) in [(-3, 1), (0, 1), (1000, 64)] as [(Int32, Int32)] {
      let pool = ck_pool_create(asked)
      #expect(ck_pool_threads(pool) == given)
      ck_pool_destroy(pool)
    }
  }

  @Test func scratchThatCannotBeHadIsReported() {
    let pool = ck_pool_create(2)
    defer { ck_pool_destroy(pool) }
    let step = ck_step(run: { _, _, _ in }, data: nil, jobs: 1, scratch: Int.max / 2)
    #expect(ck_pool_run(pool, [step], 1, nil) == 0)
    let small = ck_step(run: { _, _, _ in }, data: nil, jobs: 1, scratch: 100)
    var seconds = [-1.0]
    #expect(ck_pool_run(pool, [small], 1, &seconds) == 1)
    #expect(seconds[0] >= 0)
  }
}
