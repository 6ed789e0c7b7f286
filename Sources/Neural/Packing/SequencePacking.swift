/// Ways to divide sequences over groups of limited length.
///
/// Next fit keeps the order and one group open; the others look into all groups. Decreasing ones
/// take the longest first, of equal ones the first.
package enum SequencePacking: Hashable, Sendable {
  case nextFit
  case firstFit
  case firstFitDecreasing
  case bestFitDecreasing

  /// - Parameters:
  ///   - lengths: Not negative.
  ///   - capacity: Tokens of a group. A sequence that is longer has a group of its own.
  /// - Returns: Indices of sequences by group, each sequence once.
  package func groups(_ lengths: [Int], capacity: Int) -> [[Int]] {
    var groups: [[Int]] = []
    var free: [Int] = []
    for index in order(lengths) {
      let length = lengths[index]
      if let group = group(for: length, free) {
        groups[group].append(index)
        free[group] -= length
      } else {
        groups.append([index])
        free.append(max(capacity - length, 0))
      }
    }
    return groups
  }

  /// The share of the groups' room that stays empty, in `[0, 1]`.
  package static func waste(_ groups: [[Int]], _ lengths: [Int], capacity: Int) -> Double {
    let room = groups.reduce(0) { $0 + max(capacity, $1.reduce(0) { $0 + lengths[$1] }) }
    let used = groups.joined().reduce(0) { $0 + lengths[$1] }
    return room > 0 ? 1 - Double(used) / Double(room) : 0
  }

  private func order(_ lengths: [Int]) -> [Int] {
    switch self {
    case .nextFit, .firstFit: Array(lengths.indices)
    case .firstFitDecreasing, .bestFitDecreasing:
      lengths.indices.sorted { (lengths[$0], $1) > (lengths[$1], $0) }
    }
  }

  private func group(for length: Int, _ free: [Int]) -> Int? {
    switch self {
    case .nextFit: free.last.flatMap { $0 >= length ? free.count - 1 : nil }
    case .firstFit, .firstFitDecreasing: free.firstIndex { $0 >= length }
    case .bestFitDecreasing:
      free.indices.filter { free[$0] >= length }.min { (free[$0], $0) < (free[$1], $1) }
    }
  }
}
