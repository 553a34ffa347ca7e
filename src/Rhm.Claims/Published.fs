/// Values read off the plots of arXiv:2605.27734v1 (CC BY 4.0), with their reading error.
module Rhm.Claims.Published

/// P* of iterative latent clustering with k-means, the number of strings at which the mean accuracy of the highest non-root latents
/// crosses 50%, for each m: figure 3 left, lower right inset (L=5, s=3, v=8); +-15%.
let Figure3Left: System.Collections.Generic.IReadOnlyDictionary<int, float> =
    readOnlyDict [ 6, 3500.0; 8, 7300.0; 12, 11900.0; 16, 40500.0; 22, 226000.0; 32, 560000.0 ]
