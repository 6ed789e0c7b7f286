/// Which of several choices are worth having: no other is at least as accurate and as fast, and
/// better in one of both.
package enum ParetoFront {
  /// - Parameters:
  ///   - accuracy: More is better.
  ///   - cost: Less is better; as many as `accuracy`.
  /// - Returns: The indices on the front, cheapest first, equal costs by the lower index. NaN is
  ///   never on it.
  package static func indices(accuracy: [Double], cost: [Double]) -> [Int] {
    precondition(accuracy.count == cost.count)
    let candidates = accuracy.indices.filter { !accuracy[$0].isNaN && !cost[$0].isNaN }
    return candidates.filter { index in
      !candidates.contains { other in
        accuracy[other] >= accuracy[index] && cost[other] <= cost[index]
          && (accuracy[other] > accuracy[index] || cost[other] < cost[index])
      }
    }.sorted { cost[$0] != cost[$1] ? cost[$0] < cost[$1] : $0 < $1 }
  }
}
