/// Where a convolution adds its fourth input, a tensor of the output's shape.
package enum ResidualPlacement: Hashable, Sendable {
  case none
  /// `activation(convolution + residual)`
  case beforeActivation
  /// `activation(convolution) + residual`
  case afterActivation
}
