/// How a value lies in memory.
package enum Layout: String, Sendable {
  /// Planes of a vector's width of channels each, with zeros around them.
  case blocked
  /// One array in the order of the axes.
  case planar
  /// Elements of another value's array, in any order.
  case view
}
