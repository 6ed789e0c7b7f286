/// Work on a sequence of jobs in two overlapping stages, each with threads of its own, whose
/// results come out in the order of the jobs.
///
/// What is in flight is bounded: jobs are begun only within a window behind the first result that
/// has not been taken, and an item is admitted only when it and those admitted before, until they are
/// processed, weigh `weightLimit` together at most, or it is alone. Which worker may process which
/// item is dealt in the order of the jobs (`WorkerShares`).
final class OrderedPipeline<Item, Result>: @unchecked Sendable {
  struct Limits {
    /// Threads of the first stage.
    var preparers = 1
    /// Items prepared and not yet processed.
    var queued = 2
    /// Jobs begun and results not yet taken.
    var window = 16
    /// Weight of the items admitted and not yet processed.
    var weightLimit = Int.max
  }

  private struct Prepared {
    let index: Int
    let item: Item
    let owner: Int?
    let size: Int
  }

  private struct State {
    var next: Int
    let end: Int
    var preparing = 0
    var prepared: [Prepared] = []
    var shares: WorkerShares
    /// Indices of items being prepared that were not dealt yet.
    var undealt: Set<Int> = []
    /// Of the items dealt, until they are prepared, by index.
    var dealt: [Int: (owner: Int?, size: Int)] = [:]
    /// Of the items admitted, by index; and all together.
    var weights: [Int: Int] = [:]
    var weight = 0
    /// Indices of items that wait to be admitted.
    var waiting: Set<Int> = []
    var finished: [Int: Result] = [:]
    var firstUntaken: Int
    var isStopped = false
  }

  private let state: Monitor<State>
  private let firstJob: Int
  private let limits: Limits
  private let wakeup: Wakeup
  private var threads: [WorkerThread] = []

  /// Starts the threads.
  ///
  /// - Parameters:
  ///   - jobs: Indices, taken in order.
  ///   - wakeup: Woken whenever a result is there.
  ///   - shares: Of the second stage's threads.
  ///   - prepare: First stage; called on several threads at once. It calls the closure it is given
  ///     with what an item takes, at most once, before it makes what takes so much. Items without
  ///     have no size.
  ///   - processors: Second stage, one thread for each closure.
  /// - Throws: Exit 70 when no threads can be had.
  init(
    jobs: Range<Int>, limits: Limits, wakeup: Wakeup, shares: WorkerShares,
    prepare: @escaping @Sendable (Int, (Demand) -> Void) -> Item,
    processors: [@Sendable (Int, Item) -> Result]
  ) throws {
    state = Monitor(
      State(
        next: jobs.lowerBound, end: jobs.upperBound, shares: shares,
        firstUntaken: jobs.lowerBound))
    firstJob = jobs.lowerBound
    self.limits = limits
    self.wakeup = wakeup
    do {
      for _ in 0..<limits.preparers {
        threads.append(try WorkerThread { [self] in prepareAll(prepare) })
      }
      for (worker, process) in processors.enumerated() {
        threads.append(try WorkerThread { [self] in processAll(worker, process) })
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

  private func prepareAll(_ prepare: (Int, (Demand) -> Void) -> Item) {
    while true {
      let index: Int? = state.wait { state in
        if state.isStopped || state.next >= state.end { return .some(nil) }
        guard state.next < state.firstUntaken + limits.window,
          state.prepared.count + state.preparing < limits.queued
        else { return nil }
        state.preparing += 1
        state.undealt.insert(state.next)
        state.next += 1
        return state.next - 1
      }
      guard let index else { return }
      let item = prepare(index) { demand in
        deal(index, size: demand.size)
        admit(index, weight: demand.weight)
      }
      state.access { state in
        state.preparing -= 1
        state.undealt.remove(index)
        let share = state.dealt.removeValue(forKey: index) ?? (owner: nil, size: -1)
        // The lowest index first: its result is the one waited for.
        let position = state.prepared.firstIndex { $0.index > index } ?? state.prepared.count
        state.prepared.insert(
          Prepared(index: index, item: item, owner: share.owner, size: share.size), at: position)
      }
    }
  }

  /// Waits until all items before it are dealt or known to have no size.
  private func deal(_ index: Int, size: Int) {
    state.wait { state -> Void? in
      guard state.isStopped || state.undealt.min() == index else { return nil }
      state.undealt.remove(index)
      let owner = state.shares.owner(ofItem: index - firstJob, size: size)
      state.dealt[index] = (owner, size)
      return ()
    }
  }

  /// Waits until there is room, for the lowest index first: its result is the one waited for.
  private func admit(_ index: Int, weight: Int) {
    state.access { _ = $0.waiting.insert(index) }
    state.wait { state -> Void? in
      let (sum, overflows) = state.weight.addingReportingOverflow(weight)
      let hasRoom = state.weights.isEmpty || !overflows && sum <= limits.weightLimit
      guard state.isStopped || hasRoom && state.waiting.min() == index else { return nil }
      state.waiting.remove(index)
      state.weights[index] = weight
      state.weight = overflows ? Int.max : sum
      return ()
    }
  }

  private func processAll(_ worker: Int, _ process: (Int, Item) -> Result) {
    while true {
      var job: Prepared? = state.wait { state in
        if state.isStopped { return .some(nil) }
        let place = state.prepared.firstIndex {
          state.shares.allows(worker, owner: $0.owner, size: $0.size)
        }
        if let place { return state.prepared.remove(at: place) }
        return state.next >= state.end && state.preparing == 0 ? .some(nil) : nil
      }
      guard let index = job?.index, let result = job.map({ process($0.index, $0.item) }) else {
        return
      }
      // Its memory is free before the next is admitted.
      job = nil
      state.access { state in
        state.weights[index] = nil
        state.weight = state.weights.values.reduce(0) { sum, weight in
          let (next, overflows) = sum.addingReportingOverflow(weight)
          return overflows ? Int.max : next
        }
        state.finished[index] = result
      }
      wakeup.wake()
    }
  }
}
