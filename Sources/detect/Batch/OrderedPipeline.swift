/// Work on a sequence of jobs in two overlapping stages, each with threads of its own, whose
/// results come out in the order of the jobs.
///
/// What is in flight is bounded: jobs are begun only within a window behind the first result that
/// has not been taken, and no more is prepared while prepared items hold `weightLimit` together.
final class OrderedPipeline<Item, Result>: @unchecked Sendable {
  struct Limits {
    /// Threads of the first stage.
    var preparers = 1
    /// Items prepared and not yet processed.
    var queued = 2
    /// Jobs begun and results not yet taken.
    var window = 16
    /// Weight of the items prepared or being processed at which no more is prepared.
    var weightLimit = Int.max
  }

  private struct State {
    var next: Int
    let end: Int
    var preparing = 0
    var prepared: [(index: Int, item: Item)] = []
    var weight = 0
    var finished: [Int: Result] = [:]
    var firstUntaken: Int
    var isStopped = false
  }

  private let state: Monitor<State>
  private let limits: Limits
  private let wakeup: Wakeup
  private var threads: [WorkerThread] = []

  /// Starts the threads.
  ///
  /// - Parameters:
  ///   - jobs: Indices, taken in order.
  ///   - prepare: First stage; called on several threads at once.
  ///   - weight: What a prepared item takes in memory.
  ///   - processors: Second stage, one thread for each closure.
  ///   - wakeup: Woken whenever a result is there.
  /// - Throws: Exit 70 when no threads can be had.
  init(
    jobs: Range<Int>, limits: Limits, wakeup: Wakeup,
    prepare: @escaping @Sendable (Int) -> Item, weight: @escaping @Sendable (Item) -> Int,
    processors: [@Sendable (Int, Item) -> Result]
  ) throws {
    state = Monitor(
      State(next: jobs.lowerBound, end: jobs.upperBound, firstUntaken: jobs.lowerBound))
    self.limits = limits
    self.wakeup = wakeup
    do {
      for _ in 0..<limits.preparers {
        threads.append(try WorkerThread { [self] in prepareAll(prepare, weight) })
      }
      for process in processors {
        threads.append(try WorkerThread { [self] in processAll(process, weight) })
      }
    } catch {
      stop()
      join()
      throw error
    }
  }

  /// The result of the first job whose result was not taken yet, when it is there.
  func take() -> Result? {
    state.access { state in
      guard let result = state.finished.removeValue(forKey: state.firstUntaken) else { return nil }
      state.firstUntaken += 1
      return result
    }
  }

  /// Begins no more jobs.
  func stop() { state.access { $0.isStopped = true } }

  /// Waits for the threads, which end when all jobs are done or after `stop()`.
  func join() {
    for thread in threads { thread.join() }
    threads = []
  }

  private func prepareAll(_ prepare: (Int) -> Item, _ weight: (Item) -> Int) {
    while true {
      let index: Int? = state.wait { state in
        if state.isStopped || state.next >= state.end { return .some(nil) }
        guard state.next < state.firstUntaken + limits.window,
          state.prepared.count + state.preparing < limits.queued,
          state.weight < limits.weightLimit || state.preparing + state.prepared.count == 0
        else { return nil }
        state.preparing += 1
        state.next += 1
        return state.next - 1
      }
      guard let index else { return }
      let item = prepare(index)
      state.access { state in
        state.preparing -= 1
        state.weight += weight(item)
        // The lowest index first: its result is the one waited for.
        let position = state.prepared.firstIndex { $0.index > index } ?? state.prepared.count
        state.prepared.insert((index, item), at: position)
      }
    }
  }

  private func processAll(_ process: (Int, Item) -> Result, _ weight: (Item) -> Int) {
    while true {
      let job: (index: Int, item: Item)? = state.wait { state in
        if state.isStopped { return .some(nil) }
        if !state.prepared.isEmpty { return state.prepared.removeFirst() }
        return state.next >= state.end && state.preparing == 0 ? .some(nil) : nil
      }
      guard let job else { return }
      let result = process(job.index, job.item)
      let released = weight(job.item)
      state.access { state in
        state.weight -= released
        state.finished[job.index] = result
      }
      wakeup.wake()
    }
  }
}
