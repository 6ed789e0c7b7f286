/// A width and height in pixels (or cells), always in this order.
package struct Size: Hashable, Sendable {
  package var width: Int
  package var height: Int

  package init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }
}

extension Size: CustomStringConvertible {
  package var description: String { "\(width)x\(height)" }
}
