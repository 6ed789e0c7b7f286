/// What an item takes that is yet to be made.
struct Demand: Sendable {
  /// Bytes, until it is processed.
  var weight: Int
  /// What the worker that processes it takes grows with this, and stays.
  var size: Int
}

/// Which worker may process which item.
///
/// A worker keeps the memory that its largest item took. Were it left to chance which of them meets
/// the large ones, it would be chance how much memory a run takes. So items that are larger than
/// all their worker has had are bound to it, and no worker processes larger ones than those: what
/// each ends up with follows from the items alone. All others are for whoever is free.
struct WorkerShares: Sendable {
  /// The largest item bound to each worker so far.
  private(set) var ceilings: [Int]
  /// Sizes of the items dealt to each worker so far, less what all have.
  private var loads: [Int]
  /// Of each item in turn, where that was decided before.
  private let owners: [Int?]?

  init(workers: Int) {
    ceilings = [Int](repeating: -1, count: workers)
    loads = [Int](repeating: 0, count: workers)
    owners = nil
  }

  /// A part of what was dealt before.
  ///
  /// - Parameters:
  ///   - ceilings: Of each worker, in the end.
  ///   - owners: Of each item.
  init(ceilings: [Int], owners: [Int?]) {
    self.ceilings = ceilings
    self.owners = owners
    loads = [Int](repeating: 0, count: ceilings.count)
  }

  /// Deals the items, one after the other in their order, to the worker that has the least.
  ///
  /// - Parameter position: Among the items.
  /// - Returns: The worker that the item is bound to; `nil` for one that others may process.
  mutating func owner(ofItem position: Int, size: Int) -> Int? {
    if let owners { return owners[position] }
    let worker = loads.indices.min { loads[$0] < loads[$1] } ?? 0
    let (sum, overflows) = loads[worker].addingReportingOverflow(size)
    loads[worker] = overflows ? Int.max : sum
    let least = loads.min() ?? 0
    for index in loads.indices { loads[index] -= least }
    guard size > ceilings[worker] else { return nil }
    ceilings[worker] = size
    return worker
  }

  /// Whether a worker may process an item.
  func allows(_ worker: Int, owner: Int?, size: Int) -> Bool {
    owner.map { $0 == worker } ?? (size <= ceilings[worker])
  }
}
