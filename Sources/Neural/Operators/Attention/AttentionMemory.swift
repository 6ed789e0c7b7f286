/// What attention keeps in memory, counted in numbers, and how large tiles fit a cache.
package enum AttentionMemory {
  /// Scores and probabilities of `[tokens, tokens]`, as the plain form keeps them.
  package static func plain(tokens: Int) -> Int { 2 * tokens * tokens }

  /// The results and one logarithm of a sum a row: what the form by tiles keeps (Dao et al. 2022,
  /// arXiv:2205.14135, theorem 1).
  package static func tiled(tokens: Int, depth: Int) -> Int { tokens * (depth + 1) }

  /// Keys and queries in a tile that fits a cache of so many numbers beside its values and results:
  /// `ceil(M / 4d)` keys, and no more queries than that or than the depth (the same, algorithm 1).
  package static func tile(cacheNumbers: Int, depth: Int) -> (keys: Int, queries: Int) {
    let keys = max((cacheNumbers + 4 * depth - 1) / (4 * depth), 1)
    return (keys, min(keys, depth))
  }
}
