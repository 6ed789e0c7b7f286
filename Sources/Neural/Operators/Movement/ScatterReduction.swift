/// How a scattered element joins the element it lands on.
package enum ScatterReduction: Hashable, Sendable {
  /// The update replaces; of several, the last in row-major order of the indices stays.
  case none
  case add, multiply, maximum, minimum
}
