package import Neural

/// One array of a tensor file under the name the file gives it.
package struct NamedTensor: Sendable {
  package var name: String
  package var tensor: Tensor

  package init(name: String, tensor: Tensor) {
    self.name = name
    self.tensor = tensor
  }
}
