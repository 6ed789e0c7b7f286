/// What one run of a network may still use: bounds loops whose length depends on data, and the
/// memory of values whose size does.
///
/// One object per run, shared by the graphs inside its nodes.
package final class EvaluationBudget {
  /// Nodes evaluated inside loops.
  package static let defaultStepLimit = 1 << 23
  /// Multiply–adds and elements written inside loops, together: minutes of reference evaluation.
  package static let defaultWorkLimit = 1 << 38
  /// Bytes of all values alive at a time.
  package static let defaultByteLimit = 1 << 33

  private var remainingSteps: Int
  private var remainingWork: Int
  private var liveBytes = 0
  private let byteLimit: Int
  /// Graphs inside graphs.
  var depth = 0

  package init(
    stepLimit: Int = EvaluationBudget.defaultStepLimit,
    workLimit: Int = EvaluationBudget.defaultWorkLimit,
    byteLimit: Int = EvaluationBudget.defaultByteLimit
  ) {
    remainingSteps = stepLimit
    remainingWork = workLimit
    self.byteLimit = byteLimit
  }

  /// Counts one node, or one turn of a loop, and its work.
  ///
  /// - Throws: `OperatorError.unsupported` once the budget is used up.
  func spend(work: Int) throws {
    guard depth > 0 else { return }
    remainingSteps -= 1
    remainingWork = remainingWork.subtractingReportingOverflow(work).partialValue
    guard remainingSteps >= 0, remainingWork >= 0 else {
      throw OperatorError.unsupported(
        "loops go beyond the limit of \(Self.defaultStepLimit) steps or "
          + "\(Self.defaultWorkLimit) operations")
    }
  }

  /// Counts the bytes of values that come to life.
  ///
  /// - Throws: `OperatorError.unsupported` beyond the limit.
  func hold(_ byteCount: Int) throws {
    liveBytes += byteCount
    guard liveBytes <= byteLimit else {
      throw OperatorError.unsupported(
        "values of \(liveBytes) bytes at a time, the limit is \(byteLimit)")
    }
  }

  /// Counts the bytes of values that nothing reads any more.
  func release(_ byteCount: Int) { liveBytes -= byteCount }
}
